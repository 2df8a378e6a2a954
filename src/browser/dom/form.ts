import { Problem } from '../api/problem.ts'
import { button, h, type Child } from './element.ts'
import type { Field } from './field.ts'

interface FormOptions {
  fields: Field[]
  /** What stands in the form, where it is more than its fields. */
  content?: Child[]
  submit: string
  /** Sending it destroys something. */
  danger?: boolean
  /** Beside the button that sends. */
  actions?: Child[]
  class?: string
  send: () => Promise<void>
}

/** A form that sends once at a time, and shows what was refused at the field, or as a sentence. */
export function form(options: FormOptions): HTMLFormElement {
  const { fields, content, submit, danger, actions = [], send } = options
  const message = h('p', { class: 'error', role: 'alert' })
  const sending = h('button', { type: 'submit', class: `button ${danger ? 'danger' : ''}` }, submit)
  const element = h(
    'form',
    // The method only matters where the script is not: nothing typed may get into an address.
    { method: 'post', novalidate: true, class: options.class },
    content ?? fields.map((field) => field.element),
    message,
    h('div', { class: 'actions' }, sending, actions),
  )

  element.addEventListener('submit', (event) => {
    event.preventDefault()
    if (sending.ariaBusy !== 'true') void submitted()
  })

  async function submitted(): Promise<void> {
    message.textContent = ''
    for (const field of fields) field.fail(field.complaint())
    if (focusFirstWrong()) return
    sending.ariaBusy = 'true'
    try {
      await send()
    } catch (error) {
      show(error)
    } finally {
      sending.ariaBusy = null
    }
  }

  function show(error: unknown): void {
    if (!(error instanceof Error)) throw error
    const found = error instanceof Problem ? error.fields : new Map<string, string>()
    const named = fields.filter((field) => found.has(field.name))
    for (const field of named) field.fail(found.get(field.name) ?? '')
    if (named.length === 0) message.textContent = error.message
    else focusFirstWrong()
  }

  function focusFirstWrong(): boolean {
    const wrong = fields.find((field) => field.control.matches('[aria-invalid]'))
    wrong?.control.focus()
    return wrong !== undefined
  }

  return element
}

/** A button that leaves a form as it is. */
export function cancel(close: () => void): HTMLButtonElement {
  return button('Cancel', close, { class: 'button plain' })
}
