import { count, eq, sql } from 'drizzle-orm'
import type { Queryable } from '../../database/database.ts'
import type { Tables } from '../../database/tables/tables.ts'
import { lazy } from '../../lazy.ts'

export function createQuotas(db: Queryable, { users, specs, versions }: Tables) {
  const p = sql.placeholder

  const given = lazy(() =>
    db
      .select({ role: users.role, specs: users.quotaSpecs, bytes: users.quotaBytes })
      .from(users)
      .where(eq(users.id, p('userId')))
      .prepare('quota_given'),
  )
  const owned = lazy(() =>
    db
      .select({ specs: count() })
      .from(specs)
      .where(eq(specs.ownerId, p('userId')))
      .prepare('quota_owned'),
  )
  const stored = lazy(() =>
    db
      .select({ bytes: sql`coalesce(sum(${versions.bytes}), 0)`.mapWith(Number) })
      .from(specs)
      .innerJoin(versions, eq(versions.specId, specs.id))
      .where(eq(specs.ownerId, p('userId')))
      .prepare('quota_stored'),
  )

  /** How many specs a user owns. */
  async function ownedSpecs(userId: string): Promise<number> {
    const [counted] = await owned().execute({ userId })
    return counted?.specs ?? 0
  }

  /** How many bytes the versions of his specs have; looks at each of them. */
  async function storedBytes(userId: string): Promise<number> {
    const [summed] = await stored().execute({ userId })
    return summed?.bytes ?? 0
  }

  return {
    /** A user's role, and what he may have by his own row: null where that does not say. Undefined: no such user. */
    async given(userId: string) {
      const [row] = await given().execute({ userId })
      return row
    },

    ownedSpecs,
    storedBytes,

    async used(userId: string): Promise<{ specs: number; bytes: number }> {
      return { specs: await ownedSpecs(userId), bytes: await storedBytes(userId) }
    },
  }
}
