import { eq, inArray, sql } from 'drizzle-orm'
import type { Queryable } from '../database/database.ts'
import { pruneExpired } from '../database/prune.ts'
import type { Tables } from '../database/tables/tables.ts'
import { lazy } from '../lazy.ts'

export type LimitRow = Tables['limits']['$inferSelect']
export type Limits = ReturnType<typeof createLimits>

/** How often something was tried; one table for all instances. What a row is of, its id (a hash) does not say. */
export function createLimits(db: Queryable, { limits: t }: Tables) {
  const p = sql.placeholder

  const byIds = lazy(() =>
    db
      .select()
      .from(t)
      .where(inArray(t.id, [p('id0'), p('id1')]))
      .prepare('limits_by_id'),
  )

  return {
    /** The rows of one or two ids, as far as there are any. */
    find([id0, id1]: readonly [string, string?]): Promise<LimitRow[]> {
      return byIds().execute({ id0, id1: id1 ?? id0 })
    },

    /** Writes a row anew, and lets go of a few that are over at `now`. */
    async keep(row: LimitRow, now: string): Promise<void> {
      await db.insert(t).values(row).onConflictDoUpdate({ target: t.id, set: row })
      await pruneExpired(db, t, now)
    },

    async forget(id: string): Promise<void> {
      await db.delete(t).where(eq(t.id, id))
    },
  }
}
