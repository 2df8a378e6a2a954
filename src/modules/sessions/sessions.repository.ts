import { and, desc, eq, gt, lt, ne, sql } from 'drizzle-orm'
import type { Queryable } from '../../database/database.ts'
import { pruneExpired } from '../../database/prune.ts'
import type { Tables } from '../../database/tables/tables.ts'
import { lazy } from '../../lazy.ts'

export type SessionRow = Tables['sessions']['$inferSelect']

export function createSessions(db: Queryable, { sessions: t, users }: Tables) {
  const byTokenHash = lazy(() =>
    db
      .select({
        sessionId: t.id,
        usedAt: t.usedAt,
        userId: users.id,
        username: users.username,
        role: users.role,
      })
      .from(t)
      .innerJoin(users, eq(users.id, t.userId))
      .where(
        and(
          eq(t.tokenHash, sql.placeholder('tokenHash')),
          gt(t.expiresAt, sql.placeholder('now')),
          gt(t.usedAt, sql.placeholder('idleSince')),
          eq(users.status, 'active'),
        ),
      )
      .prepare('session_by_token_hash'),
  )

  return {
    /** Stores a session, and lets go of a few that are over. */
    async create(session: SessionRow): Promise<void> {
      await db.insert(t).values(session)
      await pruneExpired(db, t, session.createdAt)
    },

    /** Whom a token speaks for now: an active user, a session that is neither over nor idle since `idleSince`. */
    async caller(tokenHash: string, times: { now: string; idleSince: string }) {
      const [caller] = await byTokenHash().execute({ tokenHash, ...times })
      return caller
    },

    async touch(id: string, usedAt: string): Promise<void> {
      await db.update(t).set({ usedAt }).where(eq(t.id, id))
    },

    /** A user's sessions that are not over, newest first, after one of them. */
    list(of: {
      userId: string
      now: string
      idleSince: string
      after?: string
      limit: number
    }): Promise<Omit<SessionRow, 'tokenHash' | 'userId'>[]> {
      const { id, createdAt, usedAt, expiresAt, address, client } = t
      return db
        .select({ id, createdAt, usedAt, expiresAt, address, client })
        .from(t)
        .where(
          and(
            eq(t.userId, of.userId),
            gt(t.expiresAt, of.now),
            gt(t.usedAt, of.idleSince),
            of.after === undefined ? undefined : lt(t.id, of.after),
          ),
        )
        .orderBy(desc(t.id))
        .limit(of.limit)
    },

    /** Ends the sessions of a user, but for one if it is given; tells how many. */
    async endAll(userId: string, except?: string): Promise<number> {
      const others = except === undefined ? undefined : ne(t.id, except)
      const ended = await db
        .delete(t)
        .where(and(eq(t.userId, userId), others))
        .returning({ id: t.id })
      return ended.length
    },

    async end(id: string): Promise<void> {
      await db.delete(t).where(eq(t.id, id))
    },

    /** Ends a session of this user; tells whether there was one. */
    async endOwn(id: string, userId: string): Promise<boolean> {
      const ended = await db
        .delete(t)
        .where(and(eq(t.id, id), eq(t.userId, userId)))
        .returning({ id: t.id })
      return ended.length > 0
    },

    /** Ends the session that a token opens, if it is one of this user. */
    async endByToken(tokenHash: string, userId: string): Promise<void> {
      await db.delete(t).where(and(eq(t.tokenHash, tokenHash), eq(t.userId, userId)))
    },
  }
}
