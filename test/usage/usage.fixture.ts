import type { FastifyInstance } from 'fastify'
import { noCounts, type Counts, type UsageRow } from '../../src/usage/counts.ts'

const always = { from: '2000-01-01', to: '2999-12-31' }
const all = { limit: 10_000 }

/** All that is written of usage: the totals of days, by route, and by user (`guest` without one). */
export async function writtenBy({ storage }: Pick<FastifyInstance, 'storage'>) {
  const [days, routes, users] = await Promise.all([
    storage.usageSums.byDay(always, all),
    storage.usageSums.byRoute(always, all),
    storage.usageSums.byUser(always, all),
  ])
  const total = (rows: Counts[]) => rows.reduce((sum, { requests }) => sum + requests, 0)
  return {
    days,
    totals: [total(days), total(routes), total(users)],
    routes: Object.fromEntries(routes.map(({ route, ...counts }) => [route, counts])),
    users: Object.fromEntries(users.map(({ userId, ...counts }) => [userId ?? 'guest', counts])),
  }
}

/** Rows of one request each, on so many different routes. */
export function rowsOf(count: number, day = '2026-11-20'): UsageRow[] {
  return Array.from({ length: count }, (_, n) => ({
    ...noCounts(),
    day,
    route: `GET /${n}`,
    userId: null,
    requests: 1,
    duration: 250,
  }))
}
