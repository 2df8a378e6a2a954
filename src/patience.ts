import { setTimeout as pause } from 'node:timers/promises'

/** Waits for work, but for so long at most: it goes on by itself then. Raises what the work raises meanwhile. */
export async function waitAtMost(ms: number, work: Promise<unknown>): Promise<void> {
  const over = new AbortController()
  try {
    await Promise.race([work, pause(ms, undefined, { signal: over.signal })])
  } finally {
    over.abort()
  }
}
