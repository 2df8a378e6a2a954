import { setImmediate as turn } from 'node:timers/promises'
import { DatabaseError } from '../database.errors.ts'
import type { Execute } from '../database.ts'
import type { createOutcomeRecord } from '../outcome.ts'
import { withDeadline, type Attempt } from './attempt.ts'
import { retryWhileBusy } from './busy.ts'
import type { Connection } from './connection.ts'
import { classify, isLostSync } from './errors.ts'
import { createQueryable } from './queryable.ts'
import type { Run } from './statements.ts'
import { frozen, outOfTime, type Ending, type Unit } from './unit.ts'
import { assertInsideUnit, runInUnit } from '../unit.context.ts'

/** An import at a tenth of a processor takes minutes. */
const bulkMs = 30 * 60 * 1000
/** After so long, the event loop has its turn before the next statement. */
const turnMs = 10

export interface TransactionOptions {
  /** The connection to write with. Raises `DatabaseError` when it is not open, or its file is gone. */
  writable: () => { connection: Connection; run: Run }
  outcome: ReturnType<typeof createOutcomeRecord>
  /** Milliseconds that a unit may take, and that another process may hold the lock. */
  writeMs: number
}

/** The open transaction of the writer, and the unit that runs in it; never more than one of each. */
export function createTransaction({ writable, outcome, writeMs }: TransactionOptions) {
  const tx = createQueryable(execute)
  let open: ReturnType<typeof writable> | undefined
  let current: Attempt | undefined
  let beganAt = 0
  let turnAt = 0
  /** What ended the transaction before its commit. */
  let endedBy: DatabaseError | undefined
  /** After it, nothing may be written until a new start. */
  let brokenBy: DatabaseError | undefined

  function execute(...[sql, params]: Parameters<Execute>): ReturnType<Execute> {
    assertInsideUnit(current)
    const attempt = current
    const now = performance.now()
    return attempt.bulk || now - turnAt > turnMs
      ? executeLater(sql, params)
      : executeNow(attempt, sql, params)
  }

  async function executeLater(...[sql, params]: Parameters<Execute>) {
    await turn()
    turnAt = performance.now()
    // The unit may have come to its end meanwhile.
    assertInsideUnit(current)
    return executeNow(current, sql, params)
  }

  function executeNow(attempt: Attempt, ...[sql, params]: Parameters<Execute>) {
    if (performance.now() > attempt.deadline) attempt.failure ??= outOfTime()
    if (attempt.failure) return Promise.reject(attempt.failure)
    try {
      return Promise.resolve(run(sql, params))
    } catch (error) {
      attempt.failure = classify(error)
      return Promise.reject(attempt.failure)
    }
  }

  function run(sql: string, params: unknown[] = []) {
    if (!open) throw new Error('no transaction is open')
    try {
      return open.run(sql, params)
    } catch (error) {
      throw noted(error)
    }
  }

  function isOpen(): boolean {
    return open?.connection.inTransaction === true
  }

  /** Remembers what an error means for the transaction, and for the health of the database. */
  function noted(error: unknown): DatabaseError {
    const classified = classify(error)
    outcome.failed(classified, beganAt)
    if (isLostSync(classified.code)) brokenBy ??= classified
    if (!isOpen()) endedBy ??= classified
    return classified
  }

  /** Gives an ending when it could not be begun. */
  async function begin(): Promise<Ending | undefined> {
    beganAt = performance.now()
    try {
      assertSound()
      open = usable()
      await retryWhileBusy(beganAt + writeMs, () => run('begin immediate'))
      // Tries that found the file locked left their error.
      endedBy = undefined
      turnAt = performance.now()
      return undefined
    } catch (error) {
      return failed(error)
    }
  }

  function usable() {
    try {
      return writable()
    } catch (error) {
      throw noted(error)
    }
  }

  /** Raises when a sync failed: nobody knows then what of the file is on the disk. */
  function assertSound() {
    if (!brokenBy) return
    const { code } = brokenBy
    throw new DatabaseError('unavailable', 'the disk failed; only a new start may write again', {
      ...(code && { code }),
      outcome: 'none',
    })
  }

  /** Gives an ending when nothing was committed, now or before. */
  function commit(): Ending | undefined {
    if (!isOpen()) return failed(endedBy)
    try {
      run('commit')
      outcome.succeeded(beganAt)
      return undefined
    } catch (error) {
      // A reference that was deferred to the commit leaves the transaction open.
      rollback()
      return failed(error)
    }
  }

  function rollback(): void {
    try {
      if (isOpen()) run('rollback')
    } catch (error) {
      brokenBy ??= classify(error)
    }
  }

  async function perform({ options, work, inContext }: Unit): Promise<Ending> {
    const bulk = options.deadline === 'bulk'
    const limitMs = bulk ? bulkMs : writeMs
    const attempt: Attempt = { deadline: performance.now() + limitMs, bulk, failure: undefined }
    current = attempt
    try {
      if (!options.evenFrozen && isFrozen()) throw frozen()
      const value = await withDeadline(attempt, limitMs, () =>
        inContext(() => runInUnit(attempt, () => work(tx))),
      )
      return attempt.failure ? failed(attempt.failure) : { ok: true, value }
    } catch (error) {
      return failed(error)
    } finally {
      current = undefined
    }
  }

  function isFrozen(): boolean {
    return run(`select 1 from settings where key = 'frozen'`).rows.length > 0
  }

  return {
    tx,
    isOpen,
    begin,
    commit,
    assertSound,

    /** A unit of a group: its failure leaves what the others did. */
    async runMember(unit: Unit): Promise<Ending> {
      try {
        run('savepoint unit')
        const ending = await perform(unit)
        if (!isOpen()) return ending
        if (!ending.ok) run('rollback to unit')
        run('release unit')
        return ending
      } catch (error) {
        rollback()
        endedBy ??= classify(error)
        return failed(error)
      }
    },

    /** A unit in a transaction of its own; no savepoint, which would keep every changed page in memory. */
    async runAlone(unit: Unit): Promise<Ending> {
      const unopened = await begin()
      if (unopened) return unopened
      const ending = await perform(unit)
      if (ending.ok) return commit() ?? ending
      rollback()
      return ending
    },
  }
}

function failed(error: unknown): Ending {
  return { ok: false, error: error as Error }
}
