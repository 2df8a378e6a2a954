import { DatabaseError } from '../database.errors.ts'
import type { Execute } from '../database.ts'
import type { createOutcomeRecord } from '../outcome.ts'
import { retryWhileBusy } from './busy.ts'
import type { Line } from './store.ts'
import { assertOutsideUnit } from '../unit.context.ts'

/** Reads outside a unit: each statement sees all that was committed before it. */
export function createReader(options: {
  line: () => Line
  /** Raises `unavailable` when the path means another file, or none. */
  assertSameFile: () => void
  outcome: ReturnType<typeof createOutcomeRecord>
  /** Milliseconds to try again in while another process puts the file in order. */
  readMs: number
}): Execute {
  const { line, assertSameFile, outcome, readMs } = options

  // No async function: on the hottest path of all, one promise is enough.
  return function read(sql, params) {
    assertOutsideUnit()
    const startedAt = performance.now()
    try {
      // A file that is gone can still be read: that alone does not take back that something failed.
      if (outcome.last()?.ok === false) assertSameFile()
      const result = line().run(sql, params)
      outcome.succeeded(startedAt)
      return Promise.resolve(result)
    } catch (error) {
      return recover(error, startedAt, () => line().run(sql, params))
    }
  }

  async function recover<Result>(error: unknown, startedAt: number, again: () => Result) {
    const kind = error instanceof DatabaseError ? error.kind : undefined
    if (kind === 'busy') return retryWhileBusy(startedAt + readMs, again)
    // The connection takes no writes, whatever the state of the file.
    if (kind === 'readonly') throw new DatabaseError('other', 'a write outside of a unit of work')
    outcome.failed(error, startedAt)
    throw error
  }
}
