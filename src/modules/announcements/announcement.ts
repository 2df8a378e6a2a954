import { randomUUIDv7 } from 'node:crypto'
import type { Audience, Role } from '../../database/tables/tables.ts'
import { InvalidTimeError, InvalidTimesError } from './announcements.errors.ts'
import type { AnnouncementRow } from './announcements.repository.ts'
import type { AnnouncementChanges, NewAnnouncement } from './announcements.schemas.ts'

interface Reader {
  role: Role
}

/** The audiences whose announcements a reader may see; null is a guest. */
export function audiencesOf(reader: Reader | null): Audience[] {
  if (!reader) return ['everyone']
  return reader.role === 'member' ? ['everyone', 'users'] : ['everyone', 'users', 'editors']
}

export function isEditor(reader: Reader | null): boolean {
  return reader?.role === 'editor' || reader?.role === 'admin'
}

/** Editors see everything; others what is for them, while it is shown. */
export function isVisible(row: AnnouncementRow, reader: Reader | null, now: string): boolean {
  if (isEditor(reader)) return true
  const shown = (row.startsAt ?? '') <= now && (row.endsAt === null || now < row.endsAt)
  return shown && audiencesOf(reader).includes(row.audience)
}

/** Raises `InvalidTimesError`, `InvalidTimeError`. */
export function newAnnouncement(given: NewAnnouncement, authorId: string): AnnouncementRow {
  const now = new Date().toISOString()
  return checked({
    id: randomUUIDv7(),
    title: given.title,
    body: given.body,
    audience: given.audience ?? 'everyone',
    pinned: given.pinned ?? false,
    startsAt: given.startsAt ?? null,
    endsAt: given.endsAt ?? null,
    authorId,
    revision: 1,
    createdAt: now,
    updatedAt: now,
  })
}

/** The row as it will be: its next revision. Raises `InvalidTimesError`, `InvalidTimeError`. */
export function changedAnnouncement(
  row: AnnouncementRow,
  changes: AnnouncementChanges,
): AnnouncementRow {
  return checked({
    ...row,
    ...(changes as Partial<AnnouncementRow>),
    // What an import takes ends there; the ETag has the time, too.
    revision: (row.revision % 2 ** 31) + 1,
    updatedAt: new Date().toISOString(),
  })
}

function checked(row: AnnouncementRow): AnnouncementRow {
  const startsAt = row.startsAt === null ? null : canonical(row.startsAt, '/startsAt')
  const endsAt = row.endsAt === null ? null : canonical(row.endsAt, '/endsAt')
  if (startsAt !== null && endsAt !== null && endsAt <= startsAt) throw new InvalidTimesError()
  return { ...row, startsAt, endsAt }
}

/** UTC with milliseconds: times are compared as texts. */
function canonical(time: string, pointer: string): string {
  const date = new Date(time)
  const year = date.getUTCFullYear()
  if (!(year >= 1 && year <= 9999)) throw new InvalidTimeError(pointer)
  return date.toISOString()
}
