import { setTimeout as pause } from 'node:timers/promises'
import { DatabaseError } from '../database.errors.ts'

/**
 * Tries until it is not `busy` any more, without stalling the event loop. `until` is of `performance.now()`;
 * after it the last error is raised.
 */
export async function retryWhileBusy<Result>(until: number, attempt: () => Result) {
  for (let tries = 0; ; tries += 1) {
    try {
      return attempt()
    } catch (error) {
      const busy = error instanceof DatabaseError && error.kind === 'busy'
      if (!busy || performance.now() >= until) throw error
    }
    // Jitter, so that two processes do not meet again and again.
    await pause(1 + Math.random() * Math.min(20, 2 ** tries))
  }
}
