import { createHash } from 'node:crypto'
import type { AuditFilter } from '../../audit/audit.filter.ts'
import type { AuditPlace, AuditRow } from '../../audit/audit.row.ts'
import { decodeCursor, encodeCursor } from '../../http/cursor.ts'
import { InvalidTimeError } from './audit.errors.ts'
import type { AuditEntry, AuditQuery } from './audit.schemas.ts'

/** What a request asks for. Raises `InvalidTimeError`. */
export function filterOf({
  from,
  to,
  ...filter
}: Omit<AuditQuery, 'limit' | 'cursor'>): AuditFilter {
  return {
    ...filter,
    ...(from !== undefined && { from: canonical(from, 'from') }),
    ...(to !== undefined && { to: canonical(to, 'to') }),
  }
}

export function cursorAfter(filter: AuditFilter, { at, id }: AuditPlace): string {
  return encodeCursor(listOf(filter), [at, id])
}

/** Raises `InvalidCursorError`. */
export function placeIn(filter: AuditFilter, cursor: string): AuditPlace {
  const [at, id] = decodeCursor(listOf(filter), cursor, ['2026-11-20T10:03:21.123Z', ''])
  return { at: at as string, id: id as string }
}

/** A row as the API shows it. */
export function shownEntry(row: AuditRow): AuditEntry {
  const { id, at, action, outcome, address, requestId, details } = row
  return {
    id,
    at,
    action,
    outcome,
    actor: {
      kind: row.actorKind,
      id: row.actorId,
      name: row.actorName,
      credentialId: row.credentialId,
    },
    object:
      row.objectKind === null || row.objectId === null
        ? null
        : { kind: row.objectKind, id: row.objectId, name: row.objectName },
    address,
    requestId,
    details,
  }
}

/** The filters in a cursor: too long to stand there themselves. */
function listOf(filter: AuditFilter): string {
  const { actor, action, object, outcome, requestId, from, to } = filter
  const asked = JSON.stringify([actor, action, object, outcome, requestId, from, to])
  return `audit ${createHash('sha256').update(asked).digest('base64url').slice(0, 22)}`
}

/** UTC with milliseconds: times are compared as texts. */
function canonical(time: string, parameter: string): string {
  const date = new Date(time)
  const year = date.getUTCFullYear()
  if (!(year >= 1 && year <= 9999)) throw new InvalidTimeError(parameter)
  return date.toISOString()
}
