import { auditRow, type Actor } from './entry.ts'
import type { AuditRow } from './audit.row.ts'

export interface Refusal {
  action: string
  actor: Actor
  /** Those of one sender: the address itself, or its network. */
  sender: string
  address: string | null
  requestId: string
  status: number
  code: string
  /** The method and the pattern of the path, where the action does not tell. */
  route?: string | undefined
}

/** What is kept at most while it cannot be written; of further ones there is only the number. */
const rowsMost = 1_000
/** How many of a kind become entries of their own in an hour: somebody who asks for refusals must not fill the disk. */
const rowsAnHour = { known: 800, guest: 200 }
const hourMs = 3_600_000

type Kind = keyof typeof rowsAnHour

/** Collects refusals, alike ones as one, until they are taken for writing. */
export function createRefusals({ now = Date.now }: { now?: () => number } = {}) {
  const rows = new Map<string, AuditRow>()
  const left = { ...rowsAnHour }
  let hour = 0

  function add(refusal: Refusal): void {
    const key = keyOf(refusal)
    const kind = refusal.actor.kind === 'guest' ? 'guest' : 'known'
    const found = rows.get(key)
    if (found) count(found)
    else if (mayHaveRow(kind)) rows.set(key, rowOf(refusal))
    else addOther(kind)
  }

  function mayHaveRow(kind: Kind): boolean {
    const current = Math.floor(now() / hourMs)
    if (current !== hour) Object.assign(left, rowsAnHour)
    hour = current
    if (left[kind] === 0 || rows.size >= rowsMost) return false
    left[kind] -= 1
    return true
  }

  /** One entry for all that have none of their own, apart for users: a flood of guests' must not hide them. */
  function addOther(kind: Kind): void {
    const found = rows.get(kind)
    if (found) return count(found)
    rows.set(
      kind,
      auditRow({
        action: 'request.refuse',
        outcome: 'refused',
        actor: { kind: kind === 'guest' ? 'guest' : 'user' },
        details: { code: 'others', count: 1 },
      }),
    )
  }

  function count(row: AuditRow): void {
    row.details = {
      ...row.details,
      count: Number(row.details['count']) + 1,
      until: new Date(now()).toISOString(),
    }
  }

  return {
    add,
    isEmpty: () => rows.size === 0,

    /** The entries so far, to be written as they are; alike refusals that come from now on are new ones. */
    take(): AuditRow[] {
      const taken = [...rows.values()]
      rows.clear()
      return taken
    },
  }
}

function keyOf({ action, route, actor, sender, code }: Refusal): string {
  return JSON.stringify([action, route, actor.kind, actor.id, actor.credentialId, sender, code])
}

function rowOf({ status, code, route, ...refusal }: Refusal): AuditRow {
  return auditRow({
    ...refusal,
    outcome: 'refused',
    details: { status, code, count: 1, ...(route !== undefined && { route }) },
  })
}
