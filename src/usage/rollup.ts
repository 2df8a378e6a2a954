import { noCounts, type Counts, type UsageRow } from './counts.ts'

/** One answered request. */
export interface Answered {
  /** The method and the pattern of the path. */
  route: string
  /** Null for guests. */
  userId: string | null
  status: number
  bytesIn: number
  bytesOut: number
  /** Milliseconds. */
  ms: number
}

const dayMs = 24 * 60 * 60 * 1000

/** What no row of its own is kept for any more: the totals stay right. */
export const otherRoute = 'other'

/**
 * Counts requests by day, route and user, in memory. Beyond `keysMost` different ones, further ones are counted as
 * `other`. `now` gives milliseconds since 1970.
 */
export function createRollup({ keysMost = 4_000, now = Date.now } = {}) {
  let routes = new Map<string, Map<string | null, Counts>>()
  let day = ''
  let dayEndsAt = 0
  /** Of days that are over. */
  let over: UsageRow[] = []
  let keys = 0

  function countsOf(route: string, userId: string | null): Counts {
    return routes.get(route)?.get(userId) ?? newCounts(route, userId)
  }

  function newCounts(route: string, userId: string | null): Counts {
    if (keys >= keysMost && route !== otherRoute) return countsOf(otherRoute, null)
    const counts = noCounts()
    const users = routes.get(route) ?? new Map<string | null, Counts>()
    routes.set(route, users.set(userId, counts))
    keys += 1
    return counts
  }

  function turnTo(at: number) {
    over = [...over, ...rows()]
    routes = new Map()
    day = new Date(at).toISOString().slice(0, 10)
    dayEndsAt = Date.parse(day) + dayMs
  }

  function rows(): UsageRow[] {
    return [...routes].flatMap(([route, users]) =>
      [...users].map(([userId, counts]) => ({ day, route, userId, ...counts })),
    )
  }

  return {
    /** Whether nothing was counted since the last `take()`. */
    isEmpty: () => keys === 0,

    add({ route, userId, status, bytesIn, bytesOut, ms }: Answered): void {
      const at = now()
      if (at >= dayEndsAt) turnTo(at)
      const counts = countsOf(route, userId)
      counts.requests += 1
      if (status >= 500) counts.errors += 1
      else if (status >= 400) counts.refusals += 1
      counts.bytesIn += bytesIn
      counts.bytesOut += bytesOut
      counts.duration += Math.round(ms * 1000)
    },

    /** All that was counted; counting begins anew. */
    take(): UsageRow[] {
      const taken = [...over, ...rows()]
      over = []
      routes = new Map()
      keys = 0
      return taken
    },
  }
}

export type Rollup = ReturnType<typeof createRollup>
