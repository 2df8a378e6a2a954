import { change } from '../api/request.ts'
import type { Me } from '../api/types.ts'
import { h } from '../dom/element.ts'
import { input } from '../dom/field.ts'
import { form } from '../dom/form.ts'
import { say } from '../dom/status.ts'
import { newPasswordIs, passwordIs } from '../people.ts'

/** A new password, which ends the other sessions; `ended` is told. */
export function passwordPanel({ username }: Me, ended: () => Promise<void>): HTMLElement {
  const current = input({ ...passwordIs(), name: 'current', label: 'Current password' })
  const fresh = input(newPasswordIs('new', 'New password'))

  async function save(): Promise<void> {
    await change('POST', '/api/me/password', { current: current.value(), new: fresh.value() })
    current.clear()
    fresh.clear()
    say('Your password is changed. Your other sessions have ended.')
    await ended()
  }

  return h(
    'section',
    {},
    h('h2', {}, 'Password'),
    h('p', { class: 'quiet' }, 'A new password ends all your other sessions.'),
    h(
      'div',
      { class: 'narrow left' },
      form({
        fields: [current, fresh],
        content: [ownName(username), current.element, fresh.element],
        submit: 'Change password',
        send: save,
      }),
    ),
  )
}

/** For password managers, which keep a new password under it. */
function ownName(value: string): HTMLElement {
  return h('input', {
    value,
    type: 'text',
    autocomplete: 'username',
    readonly: true,
    hidden: true,
    'aria-label': 'Username',
  })
}
