import { and, eq, gt, sql } from 'drizzle-orm'
import type { Queryable } from '../../database/database.ts'
import type { Tables } from '../../database/tables/tables.ts'
import { lazy } from '../../lazy.ts'

export type ApiTokenRow = Tables['apiTokens']['$inferSelect']

/** Tokens for programs, and when they were last used. */
export function createApiTokens(db: Queryable, { apiTokens: t, tokenUses, users }: Tables) {
  const p = sql.placeholder

  const byTokenHash = lazy(() =>
    db
      .select({
        tokenId: t.id,
        scopes: t.scopes,
        usedAt: tokenUses.usedAt,
        userId: users.id,
        username: users.username,
        role: users.role,
      })
      .from(t)
      .innerJoin(users, eq(users.id, t.userId))
      .leftJoin(tokenUses, eq(tokenUses.id, t.id))
      .where(
        and(eq(t.tokenHash, p('tokenHash')), gt(t.expiresAt, p('now')), eq(users.status, 'active')),
      )
      .prepare('api_token_by_hash'),
  )

  return {
    /** Whom a token speaks for now, and what for: one that is not over, of an active user. */
    async caller(tokenHash: string, now: string) {
      const [caller] = await byTokenHash().execute({ tokenHash, now })
      return caller
    },

    /** Notes that a token was used; one that is gone meanwhile leaves nothing. */
    async touch(id: string, usedAt: string): Promise<void> {
      const [there] = await db.select({ id: t.id }).from(t).where(eq(t.id, id))
      if (!there) return
      await db
        .insert(tokenUses)
        .values({ id, usedAt })
        .onConflictDoUpdate({ target: tokenUses.id, set: { usedAt } })
    },
  }
}
