import { setTimeout as sleep } from 'node:timers/promises'
import type { Queryable, UnitOptions } from '../database.ts'
import { DatabaseError, databaseErrorIn, type DatabaseErrorKind } from '../database.errors.ts'
import { createBeginning } from './begin.ts'
import type { Context } from './context.ts'
import { bulkDeadlineMs, rollbackMs } from './deadlines.ts'
import { timeoutError, toDatabaseError } from './errors.ts'
import { cutMs, type ActiveUnit, type Lane } from './lane.ts'
import { assertOutsideUnit, runInUnit } from '../unit.context.ts'

const retriesMax = 3

/** What a COMMIT gets, however late the unit is: cut off early, nobody would know its outcome. */
const commitLeastMs = 1_000

interface Unit<Result> {
  /** Another one when the first turned out to be lost. */
  lane: Lane
  options: UnitOptions
  work: (tx: Queryable) => Promise<Result>
  statementMs: number
  /** On the clock of `performance.now()`. */
  deadline: number
}

/** Units of work on lanes of the pool: see `Database.unitOfWork`. */
export function createUnits({ pool, record, queryTimeoutMs, schema }: Context) {
  const beginUnit = createBeginning(schema)

  return async function unitOfWork<Result>(
    options: UnitOptions,
    work: (tx: Queryable) => Promise<Result>,
  ): Promise<Result> {
    assertOutsideUnit()
    const startedAt = performance.now()
    let unit: Unit<Result> | undefined
    try {
      unit = createUnit(pool.take() ?? (await pool.acquire()), options, work)
      const result = await repeatOnConflict(unit)
      record.succeeded(startedAt)
      return result
    } catch (error) {
      const found = databaseErrorIn(error)
      if (found) found.outcome ??= 'none'
      record.failed(error, startedAt)
      throw error
    } finally {
      if (unit) pool.release(unit.lane)
    }
  }

  function createUnit<Result>(lane: Lane, options: UnitOptions, work: Unit<Result>['work']) {
    if (options.deadline === 'bulk') {
      return { lane, options, work, statementMs: bulkDeadlineMs, deadline: Infinity }
    }
    // All its statements, and their repetitions, together: half as long again as one alone may take.
    const deadline = performance.now() + queryTimeoutMs * 1.5
    return { lane, options, work, statementMs: queryTimeoutMs, deadline }
  }

  async function repeatOnConflict<Result>(unit: Unit<Result>): Promise<Result> {
    for (let retries = 0; ; retries++) {
      try {
        await begin(unit)
        return await finish(unit.lane, await run(unit), timeLeft(unit))
      } catch (error) {
        await rollback(unit.lane)
        if (!isOf('conflict', error) || retries >= retriesMax) throw error
        // Jitter, so that those who met do not meet again.
        await sleep(Math.random() * 10 * 2 ** retries)
      }
    }
  }

  /** A connection that died while it was idle is found out here, when nothing is lost yet. */
  async function begin(unit: Unit<unknown>): Promise<void> {
    try {
      await beginUnit(unit.lane, unit.options, timeLeft(unit))
    } catch (error) {
      if (!isOf('unavailable', error)) throw error
      unit.lane = await pool.replace(unit.lane)
      await beginUnit(unit.lane, unit.options, timeLeft(unit))
    }
  }
}

/** Runs the work; `tx` answers only while it runs. */
async function run<Result>(unit: Unit<Result>): Promise<Result> {
  const { lane, work } = unit
  let failure: DatabaseError | undefined
  const active: ActiveUnit = {
    async execute(sql, params) {
      // PostgreSQL answers nothing more after a failed statement, whether or not the work took notice of it.
      if (failure) throw failure
      try {
        return await lane.run(sql, params, { deadlineMs: timeLeft(unit) })
      } catch (error) {
        failure ??= toDatabaseError(error)
        throw failure
      }
    },
  }
  lane.unit = active
  try {
    const result = await within(unit.deadline, () => runInUnit(active, () => work(lane.tx)))
    if (failure) throw failure
    return result
  } finally {
    lane.unit = undefined
  }
}

/** Commits. Only from here on is the outcome of a failure unknown. */
export async function finish<Result>(
  lane: Lane,
  result: Result,
  timeLeftMs: number,
): Promise<Result> {
  try {
    const deadlineMs = Math.max(timeLeftMs, commitLeastMs)
    const [answer] = await lane.script('commit', { deadlineMs, cancel: false })
    if (answer?.command === 'COMMIT') return result
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error
    const lost = error.kind === 'unavailable' || error.kind === 'timeout'
    error.outcome = lost ? 'unknown' : 'none'
    throw error
  }
  // The server says ROLLBACK when a statement had failed that nobody waited for.
  throw new DatabaseError('other', 'a statement of the unit had failed', { outcome: 'none' })
}

/** Ends the transaction if there is one; the next on this connection must not find itself in it. */
export async function rollback(lane: Lane): Promise<void> {
  if (lane.isLost()) return
  // What nobody waits for any more would keep the rollback waiting.
  lane.cancelRunning()
  try {
    await lane.script('rollback', { deadlineMs: rollbackMs, cancel: false })
  } catch {
    lane.destroy()
  }
}

/** Milliseconds for the next statement. Raises `timeout` when there are none. */
function timeLeft({ deadline, statementMs }: Unit<unknown>): number {
  const left = Math.min(statementMs, deadline - performance.now())
  if (left <= 0) throw timeoutError()
  return left
}

/** Ends the wait for work that waits for something else than the database: its statements have their own deadlines. */
async function within<Result>(deadline: number, work: () => Promise<Result>): Promise<Result> {
  if (deadline === Infinity) return work()
  let timer: NodeJS.Timeout | undefined
  const expiry = new Promise<never>((_, reject) => {
    const ms = deadline - performance.now() + cutMs * 2
    timer = setTimeout(() => reject(timeoutError()), ms)
  })
  try {
    return await Promise.race([work(), expiry])
  } finally {
    clearTimeout(timer)
  }
}

function isOf(kind: DatabaseErrorKind, error: unknown): boolean {
  return databaseErrorIn(error)?.kind === kind
}
