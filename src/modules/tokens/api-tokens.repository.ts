import { and, asc, count, eq, gt, lt, sql } from 'drizzle-orm'
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

    /** All tokens of a user, the oldest first, with their last use and without their hashes. */
    list(userId: string) {
      return db
        .select({
          id: t.id,
          name: t.name,
          scopes: t.scopes,
          expiresAt: t.expiresAt,
          lastUsedAt: tokenUses.usedAt,
          createdAt: t.createdAt,
        })
        .from(t)
        .leftJoin(tokenUses, eq(tokenUses.id, t.id))
        .where(eq(t.userId, userId))
        .orderBy(asc(t.createdAt), asc(t.id))
    },

    async count(userId: string): Promise<number> {
      const [row] = await db.select({ all: count() }).from(t).where(eq(t.userId, userId))
      return row?.all ?? 0
    },

    async create(row: ApiTokenRow): Promise<void> {
      await db.insert(t).values(row)
    },

    /** Removes a token of this user, and gives what it was; undefined when there is none. */
    async remove(id: string, userId: string) {
      const [removed] = await db
        .delete(t)
        .where(and(eq(t.id, id), eq(t.userId, userId)))
        .returning({ id: t.id, name: t.name })
      return removed
    },

    /** Notes that a token was used, unless that was noted since `before`; one that is gone leaves nothing. */
    async touch(id: string, usedAt: string, before: string): Promise<void> {
      const [there] = await db.select({ id: t.id }).from(t).where(eq(t.id, id))
      if (!there) return
      await db
        .insert(tokenUses)
        .values({ id, usedAt })
        .onConflictDoUpdate({
          target: tokenUses.id,
          set: { usedAt },
          setWhere: lt(tokenUses.usedAt, before),
        })
    },
  }
}
