import { h, newId } from './element.ts'
import type { Field } from './field.ts'

interface Choice {
  value: string
  label: string
  words: string
}

export interface ChoicesField extends Field {
  values: () => string[]
}

/** Several boxes under one name, of which at least one is wanted. */
export function choices(name: string, legend: string, options: Choice[]): ChoicesField {
  const errorId = newId()
  const error = h('p', { class: 'error', id: errorId })
  const boxes = options.map(({ value }) => h('input', { type: 'checkbox', name, value }))
  const labels = options.map(({ label, words }, i) =>
    h(
      'label',
      { class: 'choice' },
      boxes[i],
      h('span', {}, h('code', {}, label), h('small', {}, words)),
    ),
  )
  const values = () => boxes.filter(({ checked }) => checked).map(({ value }) => value)
  const control = h(
    'fieldset',
    { tabindex: -1, 'aria-describedby': errorId },
    h('legend', {}, legend),
    labels,
    error,
  )
  return {
    name,
    element: control,
    control,
    values,
    complaint: () => (values().length === 0 ? 'Choose at least one.' : ''),
    fail(message) {
      error.textContent = message
      if (message === '') control.removeAttribute('aria-invalid')
      else control.setAttribute('aria-invalid', 'true')
    },
  }
}
