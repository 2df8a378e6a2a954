import { h, newId, type Child } from './element.ts'

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement

export interface Field {
  /** As the service calls it. */
  name: string
  element: HTMLElement
  /** What is focused when the field is wrong. */
  control: HTMLElement
  /** Why the browser would not send it; empty when it would. */
  complaint: () => string
  /** Shows what is wrong with it; an empty text takes that away. */
  fail: (message: string) => void
}

export interface TextField extends Field {
  value: () => string
  clear: () => void
}

export interface FieldOptions {
  name: string
  label: string
  hint?: string
  /** Of the control itself. */
  attributes?: Record<string, string | number | boolean | undefined>
}

/** One line of text; by `type` also an e-mail address, a password, a number or a time. */
export function input(options: FieldOptions): TextField {
  return field(options, h('input', { type: 'text', ...options.attributes }))
}

export function textarea(options: FieldOptions, text = ''): TextField {
  return field(options, h('textarea', options.attributes, text))
}

/** One of several values, each with its words. */
export function select(
  options: FieldOptions,
  values: readonly (readonly [value: string, label: string])[],
  chosen?: string,
): TextField {
  const entries = values.map(([value, label]) =>
    h('option', { value, selected: value === chosen }, label),
  )
  return field(options, h('select', options.attributes, entries))
}

function field({ name, label, hint }: FieldOptions, control: Control): TextField {
  const id = newId()
  const hintId = `${id}-hint`
  const errorId = `${id}-error`
  const error = h('p', { class: 'error', id: errorId })
  control.id = id
  control.name = name
  control.setAttribute('aria-describedby', hint === undefined ? errorId : `${hintId} ${errorId}`)
  const required = control.required && h('span', { class: 'quiet', 'aria-hidden': 'true' }, ' *')
  return {
    name,
    control,
    element: h(
      'div',
      { class: 'field' },
      h('label', { for: id }, label, required),
      hint !== undefined && h('p', { class: 'hint', id: hintId }, hint),
      control,
      error,
    ),
    value: () => control.value,
    clear() {
      control.value = ''
    },
    complaint: () => control.validationMessage,
    fail(message) {
      error.textContent = message
      if (message === '') control.removeAttribute('aria-invalid')
      else control.setAttribute('aria-invalid', 'true')
    },
  }
}

/** A box with words beside it. */
export function checkbox(name: string, label: Child[], checked = false, value = 'on') {
  const control = h('input', { type: 'checkbox', name, value, checked })
  return { control, element: h('label', { class: 'choice' }, control, h('span', {}, label)) }
}
