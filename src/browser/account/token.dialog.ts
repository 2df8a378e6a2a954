import { change } from '../api/request.ts'
import type { Role, Secret } from '../api/types.ts'
import { openDialog } from '../dom/dialog.ts'
import { choices } from '../dom/choices.ts'
import { h } from '../dom/element.ts'
import { input, select } from '../dom/field.ts'
import { cancel, form } from '../dom/form.ts'
import { time } from '../dom/format.ts'
import { showSecret } from '../dom/secret.ts'
import { scopesOf } from './scopes.ts'

const dayMs = 24 * 60 * 60 * 1000
const expiries = [
  ['7', 'in a week'],
  ['30', 'in 30 days'],
  ['90', 'in 90 days'],
  // The most is 365, by the service's clock.
  ['364', 'in a year'],
] as const

/** Asks what a new token is for, and shows it, once. */
export function askForToken(role: Role, made: () => Promise<void>): void {
  const name = input({
    name: 'name',
    label: 'Name',
    hint: 'Where it will be used, such as “build server”.',
    attributes: { required: true, maxlength: 100, autocomplete: 'off' },
  })
  const scopes = choices(
    'scopes',
    'What it may do',
    scopesOf(role).map((scope) => ({ value: scope.name, label: scope.name, words: scope.words })),
  )
  const expiry = select({ name: 'expiresAt', label: 'It expires' }, expiries, '90')

  openDialog('New API token', (close) => [
    form({
      fields: [name, scopes, expiry],
      submit: 'Create',
      actions: [cancel(close)],
      async send() {
        const expiresAt = new Date(Date.now() + Number(expiry.value()) * dayMs).toISOString()
        const token = await change<Secret>('POST', '/api/tokens', {
          name: name.value(),
          scopes: scopes.values(),
          expiresAt,
        })
        close()
        await made()
        await show(token, name.value())
      },
    }),
  ])
}

function show({ token, expiresAt }: Secret, name: string): Promise<void> {
  return showSecret({
    title: `The token “${name}”`,
    label: 'Token',
    value: token,
    explanation: [
      'Copy it now: it is not shown again. Programs send it as ',
      h('code', {}, 'Authorization: Bearer …'),
      ', until ',
      time(expiresAt),
      '.',
    ],
  })
}
