import { AsyncLocalStorage } from 'node:async_hooks'
import { DatabaseError } from '../database.errors.ts'
import type { Queryable, UnitOptions } from '../database.ts'

export type Work<Result> = (tx: Queryable) => Promise<Result>

/** How a unit's work ended; it is told only after the commit. */
export type Ending = { ok: true; value: unknown } | { ok: false; error: Error }

/** A unit of work that waits for its turn, or has it. */
export interface Unit {
  options: UnitOptions
  work: Work<unknown>
  /** `performance.now()` of its call. */
  queuedAt: number
  /** Runs a function where the unit was asked for: in its caller's asynchronous context. */
  inContext: <Result>(run: () => Result) => Result
  settle: (ending: Ending) => void
}

export function createUnit(
  options: UnitOptions,
  work: Work<unknown>,
  settle: Unit['settle'],
): Unit {
  const inContext = AsyncLocalStorage.snapshot()
  return { options, work, queuedAt: performance.now(), inContext, settle }
}

/** Units that wait together share a commit, except these. */
export function runsAlone({ options }: Unit): boolean {
  return options.exclusive === true || options.deadline === 'bulk'
}

export function outOfTime(): DatabaseError {
  return new DatabaseError('timeout', 'the unit of work took too long and was rolled back', {
    outcome: 'none',
  })
}

export function tooBusy(): DatabaseError {
  return new DatabaseError('busy', 'too many writes are waiting', { outcome: 'none' })
}

export function frozen(): DatabaseError {
  return new DatabaseError('frozen', 'writes are refused for now', { outcome: 'none' })
}
