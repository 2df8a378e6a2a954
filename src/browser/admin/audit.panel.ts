import { momentOf, withQuery } from '../api/query.ts'
import type { AuditEntry } from '../api/types.ts'
import { h, type Child } from '../dom/element.ts'
import { input, select } from '../dom/field.ts'
import { form } from '../dom/form.ts'
import { second } from '../dom/format.ts'
import { list } from '../dom/list.ts'
import { findUser } from './find-user.ts'

const outcomes = [
  ['', 'done or refused'],
  ['done', 'done'],
  ['refused', 'refused'],
] as const

const like = (placeholder: string) => ({
  placeholder,
  autocomplete: 'off',
  autocapitalize: 'none',
  spellcheck: 'false',
  maxlength: 100,
})

/** What was done, by whom, newest first. */
export function auditPanel() {
  const actor = input({ name: 'actor', label: 'Who', attributes: like('username or id') })
  const action = input({ name: 'action', label: 'What', attributes: like('spec, spec.create') })
  const object = input({ name: 'object', label: 'To what', attributes: like('its id') })
  const outcome = select({ name: 'outcome', label: 'Outcome' }, outcomes)
  const from = input({ name: 'from', label: 'From', attributes: { type: 'datetime-local' } })
  const to = input({ name: 'to', label: 'To', attributes: { type: 'datetime-local' } })
  let actorId = ''

  const entries = list<AuditEntry>({
    caption: 'Audit log',
    empty: 'Nothing of that kind was done.',
    path: () =>
      withQuery('/api/audit', {
        actor: actorId,
        action: action.value().trim(),
        object: object.value().trim(),
        outcome: outcome.value(),
        from: momentOf(from.value()),
        to: momentOf(to.value()),
      }),
    columns: [
      { name: 'When', cell: ({ at }) => second(at) },
      { name: 'Who', cell: who },
      { name: 'What', cell: what },
      { name: 'To what', cell: toWhat },
      { name: 'Details', cell: details },
    ],
  })

  /** Accounts that are gone are known by their ids alone. */
  async function load(): Promise<void> {
    actorId = (await findUser(actor.value()))?.id ?? actor.value().trim()
    await entries.load()
  }

  const search = form({
    fields: [actor, action, object, outcome, from, to],
    class: 'filter',
    submit: 'Show',
    send: load,
  })
  return { element: h('div', {}, search, entries.element), load }
}

const kinds: Record<string, string> = {
  guest: 'a guest',
  system: 'the service',
  backup_token: 'a backup',
}

function who({ actor, address }: AuditEntry): Child[] {
  return [
    h('bdi', {}, actor.name ?? kinds[actor.kind] ?? actor.kind),
    actor.kind === 'token' && h('span', { class: 'badge' }, 'by a token'),
    address !== null && h('small', {}, address),
  ]
}

function what({ action, outcome }: AuditEntry): Child[] {
  return [
    h('code', {}, action),
    outcome === 'refused' && h('span', { class: 'badge bad' }, 'refused'),
  ]
}

function toWhat({ object }: AuditEntry): Child[] {
  if (!object) return ['–']
  return [
    object.name !== null && h('bdi', {}, object.name),
    h('small', {}, `${object.kind} ${object.id}`),
  ]
}

function details({ details, requestId }: AuditEntry): Child[] {
  return [
    ...Object.entries(details).map(([key, value]) => h('div', {}, `${key}: ${String(value)}`)),
    requestId !== null && h('small', {}, `request ${requestId}`),
  ]
}
