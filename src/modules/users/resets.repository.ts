import { and, eq, gt, sql } from 'drizzle-orm'
import type { Queryable } from '../../database/database.ts'
import type { Tables } from '../../database/tables/tables.ts'
import { lazy } from '../../lazy.ts'

export type ResetRow = Tables['resets']['$inferSelect']

/** What lets somebody set a new password, once. */
export function createResets(db: Queryable, { resets: t, users }: Tables) {
  const p = sql.placeholder

  const good = and(eq(t.tokenHash, p('tokenHash')), gt(t.expiresAt, p('now')))

  const userOf = lazy(() =>
    db
      .select({ id: users.id, username: users.username, email: users.email })
      .from(t)
      .innerJoin(users, eq(users.id, t.userId))
      .where(and(good, eq(users.status, 'active')))
      .prepare('reset_user'),
  )

  const take = lazy(() =>
    db.delete(t).where(good).returning({ userId: t.userId }).prepare('reset_take'),
  )

  return {
    async create(row: ResetRow): Promise<void> {
      await db.insert(t).values(row)
    },

    /** Whose password a token is good for now: an active user's. */
    async userOf(tokenHash: string, now: string) {
      const [user] = await userOf().execute({ tokenHash, now })
      return user
    },

    /** Uses a token up. Tells whether it was good until now. */
    async take(tokenHash: string, now: string): Promise<boolean> {
      const taken = await take().execute({ tokenHash, now })
      return taken.length > 0
    },

    async removeAllOf(userId: string): Promise<void> {
      await db.delete(t).where(eq(t.userId, userId))
    },
  }
}
