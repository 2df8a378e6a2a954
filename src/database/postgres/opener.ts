import { DatabaseError } from '../database.errors.ts'
import { copyOf } from './errors.ts'
import type { Lane } from './lane.ts'

/** After a failed attempt nobody tries again for so long: ten attempts a second at the most. */
const pauseMs = 100

/**
 * Opens lanes as they are wanted while that works. While it does not, one attempt at a time decides for all who want
 * one, and between attempts everybody is refused at once: a database that comes back is not run over.
 */
export function createOpener(open: () => Promise<Lane>): () => Promise<Lane> {
  let failure: { error: DatabaseError; at: number } | undefined
  let trial: Promise<unknown> | undefined

  return async function openNext() {
    if (failure && trial) await trial
    if (failure && performance.now() - failure.at < pauseMs) throw copyOf(failure.error)
    const attempt = open()
    const outcome = attempt.then(
      () => (failure = undefined),
      (error: DatabaseError) => (failure = { error, at: performance.now() }),
    )
    if (failure) trial = outcome.finally(() => (trial = undefined))
    return attempt
  }
}
