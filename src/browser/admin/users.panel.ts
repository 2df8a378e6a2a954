import { withQuery } from '../api/query.ts'
import type { ManagedUser } from '../api/types.ts'
import { button, h, type Child } from '../dom/element.ts'
import { input, select } from '../dom/field.ts'
import { form } from '../dom/form.ts'
import { bytes, plural, time } from '../dom/format.ts'
import { list } from '../dom/list.ts'
import { roleWords } from '../people.ts'
import { openUser } from './user.dialog.ts'

const anyRole = [['', 'any role'], ...Object.entries(roleWords)] as [string, string][]
const anyStatus = [
  ['', 'active or not'],
  ['active', 'active'],
  ['disabled', 'disabled'],
] as const

/** Everybody who has an account. */
export function usersPanel() {
  const q = input({
    name: 'q',
    label: 'Name or e-mail',
    attributes: {
      placeholder: 'how it begins',
      type: 'search',
      maxlength: 254,
      autocomplete: 'off',
    },
  })
  const role = select({ name: 'role', label: 'Role' }, anyRole)
  const status = select({ name: 'status', label: 'Status' }, anyStatus)
  const users = list<ManagedUser>({
    caption: 'Users',
    empty: 'There is nobody like that.',
    path: () =>
      withQuery('/api/users', {
        q: q.value().trim(),
        role: role.value(),
        status: status.value(),
      }),
    columns: [
      { name: 'Username', cell: ({ username }) => h('strong', {}, h('bdi', {}, username)) },
      { name: 'E-mail', cell: ({ email }) => h('bdi', {}, email ?? '–') },
      { name: 'Role', cell: ({ role }) => roleWords[role] },
      { name: 'Status', cell: statusOf },
      { name: 'Quota', cell: quotaOf },
      { name: 'Since', cell: ({ createdAt }) => time(createdAt) },
      { name: '', cell: action },
    ],
  })

  function action(user: ManagedUser): Child {
    const label = `Manage ${user.username}`
    return button('Manage', () => openUser(user, users.load), {
      class: 'button plain small',
      'aria-label': label,
    })
  }

  const search = form({
    fields: [q, role, status],
    class: 'filter',
    submit: 'Search',
    send: users.load,
  })
  return { element: h('div', {}, search, users.element), load: users.load }
}

function statusOf({ status }: ManagedUser): Child {
  return h('span', { class: `badge ${status === 'active' ? 'good' : 'bad'}` }, status)
}

function quotaOf({ quotaSpecs, quotaBytes }: ManagedUser): Child {
  if (quotaSpecs === null && quotaBytes === null) return 'as everybody'
  return [
    quotaSpecs !== null && plural(quotaSpecs, 'spec'),
    quotaBytes !== null && bytes(quotaBytes),
  ]
    .filter(Boolean)
    .join(', ')
}
