import { withQuery } from '../api/query.ts'
import type { Usage } from '../api/types.ts'
import { h, type Child } from '../dom/element.ts'
import { input, select } from '../dom/field.ts'
import { form } from '../dom/form.ts'
import { bytes, count } from '../dom/format.ts'
import { list } from '../dom/list.ts'

const groupings = [
  ['day', 'by day'],
  ['route', 'by route'],
  ['user', 'by user'],
] as const

/** How much the service was used. */
export function usagePanel() {
  const by = select({ name: 'by', label: 'Sums' }, groupings)
  const from = input({ name: 'from', label: 'From', attributes: { type: 'date' } })
  const to = input({ name: 'to', label: 'To', attributes: { type: 'date' } })
  const rows = list<Usage>({
    caption: 'Usage',
    empty: 'Nothing was counted then. Counts arrive a little after the requests.',
    path: () => withQuery('/api/usage', { by: by.value(), from: from.value(), to: to.value() }),
    columns: [
      { name: 'Of', cell: subject },
      { name: 'Requests', number: true, cell: ({ requests }) => count(requests) },
      { name: 'Refused', number: true, cell: ({ refusals }) => count(refusals) },
      { name: 'Failed', number: true, cell: ({ errors }) => count(errors) },
      { name: 'Received', number: true, cell: ({ bytesIn }) => bytes(bytesIn) },
      { name: 'Sent', number: true, cell: ({ bytesOut }) => bytes(bytesOut) },
      { name: 'On average', number: true, cell: average },
    ],
  })
  const search = form({ fields: [by, from, to], class: 'filter', submit: 'Show', send: rows.load })
  const note = h(
    'p',
    { class: 'quiet' },
    'The last 30 days, unless you say otherwise; days in UTC.',
  )
  return { element: h('div', {}, search, note, rows.element), load: rows.load }
}

function subject({ day, route, user }: Usage): Child {
  if (day !== undefined) return day
  if (route !== undefined) return h('code', {}, route)
  return user ? (user.username ?? 'somebody who is gone') : 'guests'
}

function average({ requests, durationMs }: Usage): Child {
  return requests === 0 ? '–' : `${(durationMs / requests).toFixed(1)} ms`
}
