import { setTimeout as pause } from 'node:timers/promises'
import { databaseErrorIn } from './database/database.errors.ts'
import type { Database, DatabaseLog } from './database/database.ts'

const firstPauseMs = 200
const longestPauseMs = 15_000

/** Pauses that double up to a quarter of a minute, each a little different from its neighbours'. */
export function* backOff(): Generator<number, never> {
  for (let ms = firstPauseMs; ; ms = Math.min(ms * 2, longestPauseMs)) {
    yield ms * (0.75 + Math.random() / 2)
  }
}

/**
 * Tries until it works, with pauses, as long as what stands in the way is a database that is away, busy or slow.
 * Raises everything else at once, and the signal's reason when it is aborted.
 */
export async function whenAvailable<Result>(
  work: () => Promise<Result>,
  options: { log: DatabaseLog; signal: AbortSignal },
): Promise<Result> {
  for (const ms of backOff()) {
    try {
      return await work()
    } catch (error) {
      const found = databaseErrorIn(error)
      if (!found || !passes.has(found.kind)) throw error
      options.log.warn(
        { kind: found.kind, code: found.code, reason: found.message, retryInMs: Math.round(ms) },
        'waiting for the database',
      )
      await pause(ms, undefined, { signal: options.signal, ref: true })
    }
  }
  throw new Error('unreachable')
}

const passes = new Set(['unavailable', 'busy', 'timeout', 'frozen', 'readonly', 'full'])

/**
 * After a failure, and only then, asks the database by itself until it answers: health recovers without traffic, and
 * a database that sleeps is never woken.
 */
export function probeAfterFailure(database: Database, signal: AbortSignal): void {
  database.onOutcomeChange((ok) => {
    if (!ok) void probe()
  })

  async function probe() {
    for (const ms of backOff()) {
      await pause(ms, undefined, { signal, ref: false }).catch(() => undefined)
      if (signal.aborted || database.lastOutcome()?.ok) return
      await database.probe().catch(() => undefined)
    }
  }
}
