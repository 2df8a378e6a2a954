import { specOf, type Row } from './spec.columns.ts'

/** The list's answer: twenty rows, and where to go on. */
export function pageOf(rows: Row[]) {
  const items = rows.slice(0, 20)
  const last = items.at(-1)
  if (rows.length <= 20 || !last) return { items: items.map(specOf), nextCursor: null }
  const place = ['specs', last.createdAt, last.id]
  const nextCursor = Buffer.from(JSON.stringify(place)).toString('base64url')
  return { items: items.map(specOf), nextCursor }
}
