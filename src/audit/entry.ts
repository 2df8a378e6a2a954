import { randomUUIDv7 } from 'node:crypto'
import type { ActorKind, Details, Outcome } from '../database/tables/activity.tables.ts'
import type { AuditRow } from './audit.row.ts'

/** Who does something. */
export interface Actor {
  kind: ActorKind
  id?: string | null
  /** The username. */
  name?: string | null
  /** The session or API token. */
  credentialId?: string | null
}

/** What it is done to. */
export interface AuditObject {
  kind: string
  id: string
  /** The slug, username or name. */
  name?: string | null
}

export interface Act {
  /** A noun and a verb, as `spec.create`. */
  action: string
  outcome?: Outcome
  actor: Actor
  object?: AuditObject | undefined
  address?: string | null
  requestId?: string | null
  /** Names of fields, roles, counts; never a body and never a secret. */
  details?: Details | undefined
}

/** What the service does by itself, and who has the machine does by command. */
export const system: Actor = { kind: 'system' }

/** The row of an act that happens now. */
export function auditRow({ actor, object, ...act }: Act): AuditRow {
  return {
    id: randomUUIDv7(),
    at: new Date().toISOString(),
    action: act.action,
    outcome: act.outcome ?? 'done',
    actorKind: actor.kind,
    actorId: actor.id ?? null,
    actorName: actor.name ?? null,
    credentialId: actor.credentialId ?? null,
    objectKind: object?.kind ?? null,
    objectId: object?.id ?? null,
    objectName: object?.name ? cut(object.name, 200) : null,
    address: act.address ?? null,
    requestId: act.requestId ?? null,
    details: act.details ? shortened(act.details) : {},
  }
}

/** As long as an import takes them. */
function shortened(details: Details): Details {
  const entries = Object.entries(details)
  if (!entries.some(([, value]) => typeof value === 'string' && value.length > 500)) return details
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === 'string' ? cut(value, 500) : value]),
  )
}

/** Not through the middle of a character. */
function cut(text: string, most: number): string {
  return text.length <= most ? text : text.slice(0, most).replace(/[\uD800-\uDBFF]$/, '')
}
