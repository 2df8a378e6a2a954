import { hashToken } from '../src/tokens.ts'

export type Row = Record<string, string | number | boolean | null>
export type Rows = Record<string, Row[]>

const announcementCount = 10_000
const minute = 60_000
const firstAt = Date.parse('2026-01-01T00:00:00.000Z')

/** The bearer of this may publish. */
export const editorToken = `hf_${'bench'.padEnd(43, '_')}`

export const editorId = id(firstAt, 0)

/** Rows by the columns' names, parents first: an editor, and his session. */
export function editorRows(): Rows {
  const created_at = new Date(firstAt).toISOString()
  const now = Date.now()
  const editor = {
    id: editorId,
    username: 'bench',
    email: null,
    role: 'editor',
    status: 'active',
    password_hash: null,
    created_at,
    updated_at: created_at,
  }
  const session = {
    id: id(now, 0),
    user_id: editorId,
    token_hash: hashToken(editorToken),
    created_at: new Date(now).toISOString(),
    used_at: new Date(now).toISOString(),
    expires_at: new Date(now + 24 * 60 * minute).toISOString(),
  }
  return { users: [editor], sessions: [session] }
}

/** 10,000 for everyone, and shown: one a minute, three pinned, 300 characters each. */
export function announcementRows(): Rows {
  return { announcements: Array.from({ length: announcementCount }, (_, at) => announcement(at)) }
}

function announcement(index: number): Row {
  const at = firstAt + index * minute
  return {
    id: id(at, index),
    title: `Maintenance of rack ${index}`,
    body: text,
    audience: 'everyone',
    pinned: index % 4000 === 0,
    starts_at: null,
    ends_at: null,
    author_id: editorId,
    revision: 1,
    created_at: new Date(at).toISOString(),
    updated_at: new Date(at).toISOString(),
  }
}

/** What the clients publish. */
export const text =
  'We move the machines of this rack to the new room on **Sunday** between 06:00 and 08:00 UTC. ' +
  'Requests are answered by the other rack meanwhile; writes may take a second longer than they do on ' +
  'other days. There is nothing that you have to do. When it is done, this text will say so: “done”.'

/** Of a UUIDv7's form, and the same at every run. */
function id(at: number, index: number): string {
  const time = at.toString(16).padStart(12, '0')
  const rest = index.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${rest}`
}
