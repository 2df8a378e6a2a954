/** The columns of an announcement under the names that its JSON has. */
export const columns = `id, title, body, audience, pinned, starts_at as "startsAt", ends_at as "endsAt",
  author_id as "authorId", created_at as "createdAt", updated_at as "updatedAt"`

/** What a guest may see in the list, in its order; `$1` is the time. */
export const list = `select ${columns} from announcements
  where audience = 'everyone'
    and (starts_at is null or starts_at <= $1) and (ends_at is null or ends_at > $1)
  order by pinned desc, (case when starts_at is null then created_at else starts_at end) desc, id desc
  limit 21`

export interface Announcement {
  id: string
  /** SQLite's are 0 and 1. */
  pinned: boolean | number
  startsAt: string | Date | null
  createdAt: string | Date
}

/** The list's answer: twenty rows, and where to go on. */
export function pageOf(rows: Announcement[]) {
  const items = rows.slice(0, 20)
  const last = items.at(-1)
  if (rows.length <= 20 || !last) return { items, nextCursor: null }
  const place = ['announcements true ', last.pinned, last.startsAt ?? last.createdAt, last.id]
  return { items, nextCursor: Buffer.from(JSON.stringify(place)).toString('base64url') }
}
