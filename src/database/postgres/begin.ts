import type { LockName, UnitOptions } from '../database.ts'
import { DatabaseError } from '../database.errors.ts'
import { bulkDeadlineMs, exclusiveWaitMs, rowLockMs } from './deadlines.ts'
import type { Lane } from './lane.ts'
import { createLocks, type Locks } from './locks.ts'
import { qualified } from '../names.ts'

/**
 * How units in a schema begin, in one round trip: the transaction, its locks, and the question whether writes are frozen. Raises
 * `DatabaseError` (`frozen`, `busy`, `timeout` …); the transaction may be open then, or not.
 *
 * The work's first statement is never sent along: should BEGIN be the one that fails, it would stand for itself.
 */
export function createBeginning(schema: string) {
  const locks = createLocks(schema)
  // A statement of its own, after the locks: it sees what was committed until then, also by the one who held them.
  const isFrozen = `select 1 from ${qualified(schema, 'settings')} where key = 'frozen'`

  return async function beginUnit(lane: Lane, options: UnitOptions, deadlineMs: number) {
    const script = [...beginning(locks, options, lane.durable), isFrozen].join(';')
    // The server's own bound comes first, so that the wait ends without a cancelled connection.
    const ms = options.exclusive ? Math.max(deadlineMs, exclusiveWaitMs + 2_000) : deadlineMs
    const answers = await lane.script(script, { deadlineMs: ms })
    const [locked, frozen] = answers.slice(-2)
    if (!locked?.[0]?.[0] || (frozen?.length && !options.evenFrozen)) {
      throw new DatabaseError('frozen', 'writes are frozen', { outcome: 'none' })
    }
  }
}

function beginning(locks: Locks, options: UnitOptions, durable: boolean): string[] {
  const { alone = [], exclusive = false, deadline = 'write' } = options
  return [
    // Whatever the role's or the server's default is.
    'begin isolation level read committed',
    !durable && 'set local synchronous_commit = on',
    exclusive && `set local lock_timeout = ${exclusiveWaitMs}`,
    `select ${takeLocks(locks, alone, exclusive)}`,
    `set local lock_timeout = ${deadline === 'bulk' ? bulkDeadlineMs : rowLockMs}`,
  ].filter((statement) => statement !== false)
}

/**
 * One expression, true once all locks are held. CASE and ARRAY keep the order: first the lock that every unit shares,
 * which is refused as soon as somebody waits for it exclusively, and only with it the names, sorted.
 */
function takeLocks(locks: Locks, alone: readonly LockName[], exclusive: boolean): string {
  const taken = locks.keys(alone).map((key) => `pg_advisory_xact_lock(${key})::text`)
  const names = `array[${taken.join(', ')}]::text[]`
  const shared = exclusive
    ? `pg_advisory_xact_lock(${locks.freeze}) is not null`
    : `pg_try_advisory_xact_lock_shared(${locks.freeze})`
  return `case when ${shared} then ${names} is not null else false end`
}
