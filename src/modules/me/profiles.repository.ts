import { eq } from 'drizzle-orm'
import type { Queryable } from '../../database/database.ts'
import type { Tables } from '../../database/tables/tables.ts'

/** What users change of themselves. */
export function createProfiles(db: Queryable, { users: t }: Tables) {
  return {
    /** Gives the user as he is then; undefined when there is none. Raises a violation of `users_email_unique`. */
    async setEmail(change: { userId: string; email: string | null; at: string }) {
      const [user] = await db
        .update(t)
        .set({ email: change.email, updatedAt: change.at })
        .where(eq(t.id, change.userId))
        .returning()
      return user
    },
  }
}
