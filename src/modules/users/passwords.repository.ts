import { and, eq } from 'drizzle-orm'
import type { Queryable } from '../../database/database.ts'
import type { Tables } from '../../database/tables/tables.ts'

/** Changes of a password that hold only while the old one does: what was checked before the unit is asked again in it. */
export function createPasswords(db: Queryable, { users: t, resets }: Tables) {
  const stillHas = (userId: string, hash: string) =>
    and(eq(t.id, userId), eq(t.passwordHash, hash), eq(t.status, 'active'))

  return {
    /**
     * Holds an active user to the password that was checked, until the unit ends: whoever takes it away, or the user's
     * status, comes before or after. `becomes` is a better hash of the same password, or the same. Tells whether the
     * user still had it.
     */
    async confirm({ userId, was, becomes }: Replacement): Promise<boolean> {
      const found = await db
        .update(t)
        .set({ passwordHash: becomes })
        .where(stillHas(userId, was))
        .returning({ id: t.id })
      return found.length > 0
    },

    /** Gives an active user another password, and ends what could set one without it. Tells whether he had the old. */
    async replace({ userId, was, becomes, at }: Replacement & { at: string }): Promise<boolean> {
      const found = await db
        .update(t)
        .set({ passwordHash: becomes, updatedAt: at })
        .where(stillHas(userId, was))
        .returning({ id: t.id })
      await db.delete(resets).where(eq(resets.userId, userId))
      return found.length > 0
    },
  }
}

/** Hashes as PHC strings. */
interface Replacement {
  userId: string
  was: string
  becomes: string
}
