import { asc, eq, sql } from 'drizzle-orm'
import type { Queryable } from '../../database/database.ts'
import type { Tables } from '../../database/tables/tables.ts'

/** As the audit log names a spec. */
export interface NamedSpec {
  id: string
  slug: string
}

/** What belongs to a user beside his account, and has to go elsewhere before he is deleted. */
export function createBelongings(db: Queryable, tables: Tables) {
  const { specs, versions, announcements } = tables

  /** What an import takes ends there: see changedSpec(). */
  const nextRevision = (table: typeof specs | typeof announcements) =>
    sql`(${table.revision} % 2147483648) + 1`

  return {
    specs(userId: string): Promise<NamedSpec[]> {
      return db
        .select({ id: specs.id, slug: specs.slug })
        .from(specs)
        .where(eq(specs.ownerId, userId))
        .orderBy(asc(specs.id))
    },

    /** The documents of his specs, each once. */
    async documents(userId: string): Promise<string[]> {
      const rows = await db
        .selectDistinct({ id: versions.documentId })
        .from(versions)
        .innerJoin(specs, eq(specs.id, versions.specId))
        .where(eq(specs.ownerId, userId))
      return rows.map(({ id }) => id)
    },

    async announcements(userId: string): Promise<string[]> {
      const rows = await db
        .select({ id: announcements.id })
        .from(announcements)
        .where(eq(announcements.authorId, userId))
      return rows.map(({ id }) => id)
    },

    /** Gives all his specs to another, as the next revision of each. */
    async giveSpecs(userId: string, toUserId: string, now: string): Promise<void> {
      await db
        .update(specs)
        .set({ ownerId: toUserId, revision: nextRevision(specs), updatedAt: now })
        .where(eq(specs.ownerId, userId))
    },

    async giveAnnouncements(userId: string, toUserId: string, now: string): Promise<void> {
      await db
        .update(announcements)
        .set({ authorId: toUserId, revision: nextRevision(announcements), updatedAt: now })
        .where(eq(announcements.authorId, userId))
    },

    /** Removes all his specs; their documents stay. */
    async removeSpecs(userId: string): Promise<void> {
      await db.delete(specs).where(eq(specs.ownerId, userId))
    },
  }
}
