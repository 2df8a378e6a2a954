import { eq, sql } from 'drizzle-orm'
import type { Queryable } from '../../database/database.ts'
import type { Tables } from '../../database/tables/tables.ts'
import { lazy } from '../../lazy.ts'

export type UserRow = Tables['users']['$inferSelect']

export function createUsers(db: Queryable, { users: t }: Tables) {
  const byUsername = lazy(() =>
    db
      .select()
      .from(t)
      .where(eq(t.username, sql.placeholder('username')))
      .prepare('user_by_username'),
  )

  return {
    /** Raises a unique violation of `users_username_unique` or `users_email_unique`. */
    async create(user: UserRow): Promise<void> {
      await db.insert(t).values(user)
    },

    async byId(id: string): Promise<UserRow | undefined> {
      const [user] = await db.select().from(t).where(eq(t.id, id))
      return user
    },

    async byUsername(username: string): Promise<UserRow | undefined> {
      const [user] = await byUsername().execute({ username })
      return user
    },

    /** Tells whether there was such a user. */
    async setPasswordHash(username: string, passwordHash: string): Promise<boolean> {
      const changed = await db
        .update(t)
        .set({ passwordHash, updatedAt: new Date().toISOString() })
        .where(eq(t.username, username))
        .returning({ id: t.id })
      return changed.length > 0
    },

    /** Tells whether there is any user at all. */
    async exist(): Promise<boolean> {
      const found = await db.select({ id: t.id }).from(t).limit(1)
      return found.length > 0
    },
  }
}
