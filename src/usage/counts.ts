/** How much was asked and answered. */
export interface Counts {
  requests: number
  /** Answered with 500 or more. */
  errors: number
  /** Answered with 400 to 499. */
  refusals: number
  bytesIn: number
  bytesOut: number
  /** Microseconds, all together. */
  duration: number
}

export const countNames = [
  'requests',
  'errors',
  'refusals',
  'bytesIn',
  'bytesOut',
  'duration',
] as const satisfies (keyof Counts)[]

export function noCounts(): Counts {
  return { requests: 0, errors: 0, refusals: 0, bytesIn: 0, bytesOut: 0, duration: 0 }
}

/** Adds counts to others, in place. */
export function addCounts(to: Counts, more: Counts): void {
  for (const name of countNames) to[name] += more[name]
}

/** The counts of a day (as 2026-11-20, in UTC), a route and a user; null for guests. */
export interface UsageRow extends Counts {
  day: string
  route: string
  userId: string | null
}
