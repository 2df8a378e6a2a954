import { openDialog } from './dialog.ts'
import { button, h, newId, type Child } from './element.ts'
import { say } from './status.ts'

/** Shows what will never be shown again, with a button that copies it. */
export function showSecret(secret: {
  title: string
  label: string
  value: string
  explanation: Child[]
}): Promise<void> {
  const id = newId()
  const value = h('input', { id, type: 'text', readonly: true, value: secret.value, class: 'code' })
  value.addEventListener('focus', () => value.select())
  return openDialog(secret.title, (close) => [
    h('p', {}, secret.explanation),
    h(
      'div',
      { class: 'field' },
      h('label', { for: id }, secret.label),
      h(
        'div',
        { class: 'beside' },
        value,
        button('Copy', () => copy(value), { class: 'button' }),
      ),
    ),
    h('div', { class: 'actions' }, button('I have kept it', close, { class: 'button plain' })),
  ]).closed
}

/** Without TLS browsers have no clipboard: then the reader copies what is selected. */
async function copy(value: HTMLInputElement): Promise<void> {
  value.focus()
  value.select()
  try {
    await navigator.clipboard.writeText(value.value)
    say('Copied.')
  } catch {
    say('It is selected: copy it with your keyboard or by holding it.')
  }
}
