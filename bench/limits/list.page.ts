import { listOf } from '../../src/modules/specs/list/list.request.ts'
import { specOf, type Row } from './spec.columns.ts'

/** What the cursor begins with. */
const name = listOf({ sort: 'new', limit: 20 })

/** The list's answer: twenty rows, and where to go on. */
export function pageOf(rows: Row[]) {
  const items = rows.slice(0, 20)
  const last = items.at(-1)
  if (rows.length <= 20 || !last) return { items: items.map(specOf), nextCursor: null }
  const place = [name, last.createdAt, last.id]
  const nextCursor = Buffer.from(JSON.stringify(place)).toString('base64url')
  return { items: items.map(specOf), nextCursor }
}
