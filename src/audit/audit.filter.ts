import type { Outcome } from '../database/tables/activity.tables.ts'

export interface AuditFilter {
  /** The user's id. */
  actor?: string
  /** As `spec.create`, or a noun alone for all that was done to such things. */
  action?: string
  /** The object's id. */
  object?: string
  outcome?: Outcome
  requestId?: string
  /** A time that belongs to it. */
  from?: string
  /** A time that does not. */
  to?: string
}

export type Source = 'object' | 'actor' | 'action' | 'all'

/** The index to walk: an object has the fewest rows, a kind of action the most. A noun has none. */
export function sourceOf({ object, actor, action }: AuditFilter): Source {
  if (object !== undefined) return 'object'
  if (actor !== undefined) return 'actor'
  return action?.includes('.') ? 'action' : 'all'
}
