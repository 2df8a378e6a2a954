import { and, asc, desc, eq, gt, gte, isNull, lt, lte, sql, type SQL } from 'drizzle-orm'
import type { Queryable } from '../database/database.ts'
import type { Tables } from '../database/tables/tables.ts'
import type { Counts } from './counts.ts'

/** Days as 2026-11-20, in UTC; both ends belong to it. */
export interface UsageFilter {
  from: string
  to: string
  route?: string
  /** Null: guests alone. */
  userId?: string | null
}

/** At most `limit` sums, behind a key in their order. */
export interface UsagePage {
  after?: string
  limit: number
}

/** Sums of what was written of requests. */
export function createUsageSums(db: Queryable, { usage: t, usageDays, users }: Tables) {
  const sums = {
    requests: sum(t.requests),
    errors: sum(t.errors),
    refusals: sum(t.refusals),
    bytesIn: sum(t.bytesIn),
    bytesOut: sum(t.bytesOut),
    duration: sum(t.duration),
  }
  // Guests come first.
  const userKey = sql<string>`coalesce(${t.userId}, '')`

  function matching({ from, to, route, userId }: UsageFilter): SQL | undefined {
    return and(
      gte(t.day, startOf(from)),
      lte(t.day, startOf(to)),
      route === undefined ? undefined : eq(t.route, route),
      userId === undefined ? undefined : userId === null ? isNull(t.userId) : eq(t.userId, userId),
    )
  }

  return {
    /** By day, the newest first. Without a route and a user, also of days whose routes and users are forgotten. */
    async byDay(
      filter: UsageFilter,
      { after, limit }: UsagePage,
    ): Promise<(Counts & { day: string })[]> {
      if (filter.route === undefined && filter.userId === undefined) {
        const { id, ...counts } = usageDays
        return db
          .select({ day: id, ...columnsOf(counts) })
          .from(usageDays)
          .where(
            and(
              gte(id, filter.from),
              lte(id, filter.to),
              after === undefined ? undefined : lt(id, after),
            ),
          )
          .orderBy(desc(id))
          .limit(limit)
      }
      const rows = await db
        .select({ day: t.day, ...sums })
        .from(t)
        .where(and(matching(filter), after === undefined ? undefined : lt(t.day, startOf(after))))
        .groupBy(t.day)
        .orderBy(desc(t.day))
        .limit(limit)
      return rows.map((row) => ({ ...row, day: row.day.slice(0, 10) }))
    },

    /** By route, in the order of their names. */
    byRoute(
      filter: UsageFilter,
      { after, limit }: UsagePage,
    ): Promise<(Counts & { route: string })[]> {
      return db
        .select({ route: t.route, ...sums })
        .from(t)
        .where(and(matching(filter), after === undefined ? undefined : gt(t.route, after)))
        .groupBy(t.route)
        .orderBy(asc(t.route))
        .limit(limit)
    },

    /** By user, in the order of their ids, guests first; the name is null of those who are gone. */
    byUser(
      filter: UsageFilter,
      { after, limit }: UsagePage,
    ): Promise<(Counts & { userId: string | null; username: string | null })[]> {
      return db
        .select({ userId: t.userId, username: users.username, ...sums })
        .from(t)
        .leftJoin(users, eq(users.id, t.userId))
        .where(and(matching(filter), after === undefined ? undefined : gt(userKey, after)))
        .groupBy(t.userId, users.username)
        .orderBy(asc(userKey))
        .limit(limit)
    },
  }
}

/** A sum of bigints is none to PostgreSQL. */
function sum(column: Tables['usage'][keyof Counts]): SQL<number> {
  return sql`cast(sum(${column}) as bigint)`.mapWith(Number)
}

function startOf(day: string): string {
  return `${day}T00:00:00.000Z`
}

type DayColumns = Omit<Tables['usageDays'], 'id'>

function columnsOf({ requests, errors, refusals, bytesIn, bytesOut, duration }: DayColumns) {
  return { requests, errors, refusals, bytesIn, bytesOut, duration }
}
