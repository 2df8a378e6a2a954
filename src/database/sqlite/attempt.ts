import type { DatabaseError } from '../database.errors.ts'
import { outOfTime } from './unit.ts'

/** One run of a unit's work; a unit whose commit was lost has another. */
export interface Attempt {
  /** Of `performance.now()`. */
  deadline: number
  bulk: boolean
  /** The first failed statement: all that follow are refused, as on PostgreSQL. */
  failure: DatabaseError | undefined
}

/** Fails when `work` outlasts its deadline; what it still asks for afterwards is refused. */
export function withDeadline<Result>(
  attempt: Attempt,
  limitMs: number,
  work: () => Promise<Result>,
): Promise<Result> {
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
