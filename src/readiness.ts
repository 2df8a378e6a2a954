import { setTimeout as pause } from 'node:timers/promises'
import type { Database } from './database/database.ts'

/** Milliseconds, all of them. */
export interface BackOff {
  first: number
  /** Pauses double up to this one. */
  longest: number
  /** And up to this one when it has lasted for minutes. */
  longestLate: number
}

/** What is away is found within a second of its return; what stays away is asked twelve times a minute. */
export const whileAway: BackOff = { first: 100, longest: 1_000, longestLate: 5_000 }

const lateMs = 300_000

/** The pauses of a back-off, each between half and the whole of it, so that instances that began together part. */
export function* pauses({ first, longest, longestLate }: BackOff): Generator<number, never> {
  const startedAt = performance.now()
  for (let ms = first; ; ms *= 2) {
    ms = Math.min(ms, performance.now() - startedAt < lateMs ? longest : longestLate)
    yield ms * (0.5 + Math.random() / 2)
  }
}

/**
 * After a failure, and only then, asks the database by itself until it answers: health recovers without traffic, and
 * a database that sleeps is never woken.
 */
export function probeAfterFailure(database: Database, signal: AbortSignal): void {
  let probing = false
  database.onOutcomeChange((ok) => {
    if (!ok && !probing) void probe().finally(() => (probing = false))
  })

  async function probe() {
    probing = true
    for (const ms of pauses(whileAway)) {
      await pause(ms, undefined, { signal, ref: false }).catch(() => undefined)
      if (signal.aborted || database.lastOutcome()?.ok) return
      await database.probe().catch(() => undefined)
    }
  }
}
