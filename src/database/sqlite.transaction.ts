import { setImmediate as turn } from 'node:timers/promises'
import type { DatabaseError } from './database.errors.ts'
import type { Execute } from './database.ts'
import type { createOutcomeRecord } from './outcome.ts'
import { retryWhileBusy } from './sqlite.busy.ts'
import type { Connection } from './sqlite.connection.ts'
import { classify, isLostSync } from './sqlite.errors.ts'
import { createQueryable } from './sqlite.queryable.ts'
import type { Run } from './sqlite.statements.ts'
import { frozen, outOfTime, undressed, type Ending, type Unit } from './sqlite.unit.ts'
import { assertInsideUnit, runInUnit } from './unit.context.ts'

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

/** One run of a unit's work; a unit whose commit was lost has another. */
interface Attempt {
  /** Of `performance.now()`. */
  deadline: number
  bulk: boolean
  /** The first failed statement: all that follow are refused, as on PostgreSQL. */
  failure: DatabaseError | undefined
}

export type Transaction = ReturnType<typeof createTransaction>

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
    const attempt = current as Attempt
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
    return executeNow(current as Attempt, sql, params)
  }

  function executeNow(attempt: Attempt, ...[sql, params]: Parameters<Execute>) {
    if (performance.now() > attempt.deadline) attempt.failure ??= outOfTime()
    if (attempt.failure) return Promise.reject(attempt.failure)
    try {
      return Promise.resolve(run(sql, params))
    } catch (error) {
      attempt.failure = noted(error)
      return Promise.reject(attempt.failure)
    }
  }

  function run(sql: string, params: unknown[] = []) {
    if (!open) throw new Error('no transaction is open')
    return open.run(sql, params)
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
    endedBy = undefined
    try {
      if (brokenBy) throw brokenBy
      open = writable()
      await retryWhileBusy(beganAt + writeMs, () => run('begin immediate'))
      turnAt = performance.now()
      return undefined
    } catch (error) {
      return failed(noted(error))
    }
  }

  /** Gives an ending when nothing was committed, now or before. */
  function commit(): Ending | undefined {
    if (!isOpen()) return failed(endedBy)
    try {
      run('commit')
      outcome.succeeded(beganAt)
      return undefined
    } catch (error) {
      const reason = noted(error)
      // A reference that was deferred to the commit leaves the transaction open.
      rollback()
      return failed(reason)
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
    const attempt = { deadline: performance.now() + limitMs, bulk, failure: undefined }
    current = attempt
    try {
      if (!options.evenFrozen && isFrozen()) throw frozen()
      const value = await withDeadline(attempt, limitMs, () =>
        inContext(() => runInUnit(attempt, () => work(tx))),
      )
      return attempt.failure ? failed(attempt.failure) : { ok: true, value }
    } catch (error) {
      return failed(undressed(error))
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
        endedBy = noted(error)
        rollback()
        return failed(endedBy)
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

    /** Raises when a sync failed: nobody knows then what of the file is on the disk. */
    assertSound() {
      if (brokenBy) throw brokenBy
    },
  }
}

function failed(error: unknown): Ending {
  return { ok: false, error: error as Error }
}

/** Fails when `work` outlasts its deadline; what it still asks for afterwards is refused. */
function withDeadline<Result>(attempt: Attempt, limitMs: number, work: () => Promise<Result>) {
  return new Promise<Result>((resolve, reject) => {
    const timer = setTimeout(() => {
      attempt.failure ??= outOfTime()
      reject(attempt.failure)
    }, limitMs)
    work()
      .then(resolve, reject)
      .finally(() => clearTimeout(timer))
  })
}
