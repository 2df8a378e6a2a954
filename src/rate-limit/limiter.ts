import { createGenerations } from '../generations.ts'
import type { Policy } from './fields.ts'

export type Limiter = ReturnType<typeof createLimiter>

/** So many keys are known at a time; of more than these, those that were used longest ago are let go. */
const keysMost = 20_000

const windowMs = 60_000
/** What sums of fractions of milliseconds may be off by. */
const roundingMs = 0.001

/**
 * Lets each key pass `perMinute` times at once, and again as time goes by: the generic cell rate algorithm (ITU-T
 * I.371), which keeps one number for each key, the time at which its whole quota is there again. `now` gives
 * milliseconds of a clock that is never set.
 */
export function createLimiter({
  name,
  perMinute,
  now = () => performance.now(),
  most = keysMost,
}: {
  name: string
  perMinute: number
  now?: () => number
  most?: number
}) {
  const intervalMs = windowMs / perMinute
  const full = createGenerations<{ at: number }>(most)

  /** How often a key may pass whose quota is whole again in so many milliseconds. */
  const leftOf = (ms: number) => Math.floor((windowMs - ms + roundingMs) / intervalMs)

  return {
    policy: { name, quota: perMinute, windowSeconds: windowMs / 1000 } satisfies Policy,

    /** Counts a request: gives how many more may follow at once, or -1, uncounted, when this one may not pass. */
    take(key: string): number {
      const time = now()
      const known = full.get(key)
      if (!known) {
        full.set(key, { at: time + intervalMs })
        return leftOf(intervalMs)
      }
      const left = leftOf(Math.max(known.at - time, 0)) - 1
      if (left < 0) return -1
      known.at = Math.max(known.at, time) + intervalMs
      return left
    },

    /** Whether a request would pass. */
    mayPass(key: string): boolean {
      const known = full.get(key)
      return !known || leftOf(known.at - now()) > 0
    },

    /** Milliseconds until a request may pass; 0: it may. */
    waitMs(key: string): number {
      const known = full.get(key)
      if (!known) return 0
      return Math.max(0, known.at - now() + intervalMs - windowMs)
    },

    /** Milliseconds until the whole quota is there again. */
    restMs(key: string): number {
      return Math.max(0, (full.get(key)?.at ?? 0) - now())
    },

    /** How many keys are known. */
    get size() {
      return full.size
    },
  }
}
