import { and, eq, inArray, notExists, sql } from 'drizzle-orm'
import type { Queryable } from '../../database/database.ts'
import type { Outline } from '../../database/tables/spec.shapes.ts'
import type { Tables } from '../../database/tables/tables.ts'
import { lazy } from '../../lazy.ts'
import { placeholders } from './specs.columns.repository.ts'

export type DocumentRow = Tables['documents']['$inferSelect']

/** SQLite's statements have 32,766 parameters at most. */
const idsAtOnce = 1000

export function createDocuments(db: Queryable, { documents: t, versions }: Tables) {
  const byId = eq(t.id, sql.placeholder('id'))

  const outline = lazy(() =>
    db.select({ outline: t.outline }).from(t).where(byId).prepare('document_outline'),
  )
  const content = lazy(() =>
    db.select({ content: t.content }).from(t).where(byId).prepare('document_content'),
  )
  const insert = lazy(() =>
    db.insert(t).values(placeholders(t)).onConflictDoNothing().prepare('document_insert'),
  )

  return {
    /** Stores a document, unless it is there. */
    async create(row: DocumentRow): Promise<void> {
      await insert().execute(row)
    },

    async outline(sha256: string): Promise<Outline | undefined> {
      const [row] = await outline().execute({ id: sha256 })
      return row?.outline
    },

    /** The bytes, gzipped. */
    async content(sha256: string): Promise<Buffer | undefined> {
      const [row] = await content().execute({ id: sha256 })
      return row?.content
    },

    /** Removes those of these documents that no version has. */
    async removeUnused(ids: readonly string[]): Promise<void> {
      const used = db
        .select({ id: versions.id })
        .from(versions)
        .where(eq(versions.documentId, t.id))
      for (let at = 0; at < ids.length; at += idsAtOnce) {
        const some = ids.slice(at, at + idsAtOnce)
        await db.delete(t).where(and(inArray(t.id, some), notExists(used)))
      }
    },
  }
}
