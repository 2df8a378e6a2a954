import { change } from '../api/request.ts'
import type { Role, Secret } from '../api/types.ts'
import { openDialog } from '../dom/dialog.ts'
import { input, select } from '../dom/field.ts'
import { cancel, form } from '../dom/form.ts'
import { time } from '../dom/format.ts'
import { showSecret } from '../dom/secret.ts'
import { emailIs, roleWords } from '../people.ts'

const hourMs = 60 * 60 * 1000
const lifetimes = [
  ['24', 'for a day'],
  ['72', 'for 3 days'],
  ['168', 'for a week'],
  // The most is 30 days, by the service's clock.
  ['719', 'for 30 days'],
] as const

/** Asks whom to invite as what, and shows the link, once. */
export function askForInvite(own: Role, made: () => Promise<void>): void {
  const roles = Object.entries(roleWords).filter(([role]) => own === 'admin' || role === 'member')
  const role = select({ name: 'role', label: 'Who comes in becomes' }, roles)
  const lifetime = select({ name: 'expiresAt', label: 'The link is good' }, lifetimes, '72')
  const email = input({
    ...emailIs({ autocomplete: 'off' }),
    hint: 'Where it is given, only somebody who registers with it gets in. Nothing is sent there.',
  })

  openDialog('New invite', (close) => [
    form({
      fields: [role, lifetime, email],
      submit: 'Create',
      actions: [cancel(close)],
      async send() {
        const expiresAt = new Date(Date.now() + Number(lifetime.value()) * hourMs).toISOString()
        const invite = await change<Secret>('POST', '/api/invites', {
          role: role.value(),
          expiresAt,
          ...(email.value() !== '' && { email: email.value() }),
        })
        close()
        await made()
        await show(invite)
      },
    }),
  ])
}

function show({ token, link, expiresAt }: Secret): Promise<void> {
  return showSecret({
    title: 'The invite is ready',
    label: 'Link',
    value: link ?? `${location.origin}/register#${token}`,
    explanation: [
      'Send this link to whom you invite. It lets in one person, until ',
      time(expiresAt),
      ', and is not shown again.',
    ],
  })
}
