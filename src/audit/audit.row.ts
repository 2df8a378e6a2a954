import type { Tables } from '../database/tables/tables.ts'

export type AuditRow = Tables['audit']['$inferSelect']

/** A place in the order of the audit log. */
export interface AuditPlace {
  at: string
  id: string
}

/** Before and after all that there are. */
export const earliest: AuditPlace = { at: '0001-01-01T00:00:00.000Z', id: '' }
export const latest: AuditPlace = { at: '9999-12-31T23:59:59.999Z', id: '' }

export function earlier(one: AuditPlace, other: AuditPlace): AuditPlace {
  if (one.at !== other.at) return one.at < other.at ? one : other
  return one.id < other.id ? one : other
}
