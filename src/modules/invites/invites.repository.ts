import { and, desc, eq, gt, isNull, lt, or, sql } from 'drizzle-orm'
import type { Queryable } from '../../database/database.ts'
import type { Tables } from '../../database/tables/tables.ts'
import { lazy } from '../../lazy.ts'

export type InviteRow = Tables['invites']['$inferSelect']

/** A place in the list, newest first. */
export interface InvitePlace {
  createdAt: string
  id: string
}

export function createInvites(db: Queryable, { invites: t, users }: Tables) {
  const p = sql.placeholder

  const byTokenHash = lazy(() =>
    db
      .select({
        id: t.id,
        role: t.role,
        email: t.email,
        createdBy: t.createdBy,
        inviterRole: users.role,
      })
      .from(t)
      .innerJoin(users, eq(users.id, t.createdBy))
      .where(
        and(
          eq(t.tokenHash, p('tokenHash')),
          isNull(t.usedAt),
          gt(t.expiresAt, p('now')),
          eq(users.status, 'active'),
        ),
      )
      .prepare('invite_by_token_hash'),
  )

  return {
    async create(row: InviteRow): Promise<void> {
      await db.insert(t).values(row)
    },

    async byId(id: string): Promise<InviteRow | undefined> {
      const [row] = await db.select().from(t).where(eq(t.id, id))
      return row
    },

    /** At most `limit` invites after a place, newest first; `createdBy` leaves out those of others. */
    list(filter: { createdBy?: string; after?: InvitePlace; limit: number }): Promise<InviteRow[]> {
      const { createdBy, after, limit } = filter
      return db
        .select()
        .from(t)
        .where(
          and(
            createdBy === undefined ? undefined : eq(t.createdBy, createdBy),
            after &&
              or(
                lt(t.createdAt, after.createdAt),
                and(eq(t.createdAt, after.createdAt), lt(t.id, after.id)),
              ),
          ),
        )
        .orderBy(desc(t.createdAt), desc(t.id))
        .limit(limit)
    },

    /** The invite behind a token, if it is good now and its inviter active; with what role he has now. */
    async byTokenHash(tokenHash: string, now: string) {
      const [invite] = await byTokenHash().execute({ tokenHash, now })
      return invite
    },

    /** Uses an invite up for a user who is there. Tells whether it was good until now. */
    async accept(given: {
      id: string
      tokenHash: string
      usedBy: string
      now: string
    }): Promise<boolean> {
      const { id, tokenHash, usedBy, now } = given
      const accepted = await db
        .update(t)
        .set({ usedAt: now, usedBy, tokenHash: null })
        .where(
          and(eq(t.id, id), eq(t.tokenHash, tokenHash), isNull(t.usedAt), gt(t.expiresAt, now)),
        )
        .returning({ id: t.id })
      return accepted.length > 0
    },

    async remove(id: string): Promise<void> {
      await db.delete(t).where(eq(t.id, id))
    },
  }
}
