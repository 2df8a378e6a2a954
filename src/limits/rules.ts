import type { LimitRow } from './limits.repository.ts'

/** What is known of a subject; undefined when it never tried, or all is forgotten. */
export type Count = Omit<LimitRow, 'id'>

const second = 1000
const minute = 60 * second

/** security.md 3.1.6: so many failures within so long, then blocks that double. */
export const failures = {
  allowed: 5,
  withinMs: 15 * minute,
  firstBlockMs: minute,
  longestBlockMs: 60 * minute,
}

export const windowMs = minute

/** A further failure at `now` (milliseconds): from the fifth on nothing passes for a minute, two, four … sixty. */
export function afterFailure(before: Count | undefined, now: number): Count {
  const known = before && !isOver(before, now) ? before : undefined
  const count = (known?.count ?? 0) + 1
  const blocks = count - failures.allowed
  const blockMs =
    blocks < 0 ? 0 : Math.min(failures.firstBlockMs * 2 ** blocks, failures.longestBlockMs)
  const blockedUntil = now + blockMs
  return {
    count,
    since: known?.since ?? text(now),
    blockedUntil: blockMs > 0 ? text(blockedUntil) : null,
    expiresAt: text(blockedUntil + failures.withinMs),
  }
}

/** Milliseconds for which nothing passes yet; 0: it may be tried. */
export function blockLeftMs(count: Count | undefined, now: number): number {
  if (!count || count.blockedUntil === null) return 0
  return Math.max(0, Date.parse(count.blockedUntil) - now)
}

/** A further attempt at `now`, in the minute that its first one began. */
export function afterAttempt(before: Count | undefined, now: number): Count {
  const known = before && !isOver(before, now) ? before : undefined
  return {
    count: (known?.count ?? 0) + 1,
    since: known?.since ?? text(now),
    blockedUntil: null,
    expiresAt: known?.expiresAt ?? text(now + windowMs),
  }
}

/** Milliseconds until the minute is over whose attempts are used up; 0: there are some left. */
export function windowLeftMs(count: Count | undefined, perMinute: number, now: number): number {
  if (!count || count.count < perMinute || isOver(count, now)) return 0
  return Date.parse(count.expiresAt) - now
}

function isOver({ expiresAt }: Count, now: number): boolean {
  return Date.parse(expiresAt) <= now
}

function text(ms: number): string {
  return new Date(ms).toISOString()
}
