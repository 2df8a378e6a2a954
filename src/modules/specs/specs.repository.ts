import { and, eq, getTableColumns, inArray, sql, type SQL } from 'drizzle-orm'
import type { Queryable } from '../../database/database.ts'
import type { Tables } from '../../database/tables/tables.ts'
import { lazy } from '../../lazy.ts'
import {
  flatSpec,
  placeholders,
  toFoundSpec,
  type FlatSpec,
  type FoundSpec,
  type SpecRow,
} from './specs.columns.repository.ts'

export type { FoundSpec, SpecRow } from './specs.columns.repository.ts'

/** How many slugs one statement asks for. */
const slugsAtOnce = 32

export function createSpecs(db: Queryable, tables: Tables) {
  const { specs: t, versions, downloads } = tables
  const p = sql.placeholder

  const find = (name: string, where: SQL) =>
    lazy(() =>
      db
        .select(flatSpec(tables))
        .from(t)
        .leftJoin(versions, eq(versions.id, t.latestId))
        .leftJoin(downloads, eq(downloads.id, t.id))
        .where(where)
        .prepare(name),
    )

  const bySlug = find('spec_by_slug', eq(t.slug, p('slug')))
  const byId = find('spec_by_id', eq(t.id, p('id')))

  const asked = Array.from({ length: slugsAtOnce }, (_, i) => `slug${i}`)
  const taken = lazy(() =>
    db
      .select({ slug: t.slug })
      .from(t)
      .where(inArray(t.slug, asked.map(p)))
      .prepare('spec_taken_slugs'),
  )

  const insert = lazy(() => db.insert(t).values(placeholders(t)).prepare('spec_insert'))

  const ownColumns = Object.keys(getTableColumns(t)) as (keyof SpecRow)[]

  return {
    /** Whoever may see it or not. */
    async bySlug(slug: string): Promise<FoundSpec | undefined> {
      const [row] = await bySlug().execute({ slug })
      return row && toFoundSpec(row as FlatSpec)
    },

    async byId(id: string): Promise<FoundSpec | undefined> {
      const [row] = await byId().execute({ id })
      return row && toFoundSpec(row as FlatSpec)
    },

    /** Which of these slugs there are. */
    async takenSlugs(slugs: readonly string[]): Promise<Set<string>> {
      const found = new Set<string>()
      for (let at = 0; at < slugs.length; at += slugsAtOnce) {
        const values = asked.map((name, i) => [name, slugs[at + i] ?? slugs[at]])
        const rows = await taken().execute(Object.fromEntries(values))
        for (const { slug } of rows) found.add(slug)
      }
      return found
    },

    /** Raises a unique violation of `specs_slug_unique`. */
    async create(row: SpecRow): Promise<void> {
      await insert().execute(row)
    },

    /**
     * Replaces a row that is still of a revision; tells whether it was. What a found spec has beside its own columns
     * is left out. Raises as `create` does.
     */
    async update(row: SpecRow, revision: number): Promise<boolean> {
      const values = Object.fromEntries(ownColumns.map((name) => [name, row[name]]))
      const updated = await db
        .update(t)
        .set(values)
        .where(and(eq(t.id, row.id), eq(t.revision, revision)))
        .returning({ id: t.id })
      return updated.length > 0
    },

    /** Removes it with its versions, tokens and count; tells whether it was there. Its documents stay. */
    async remove(id: string): Promise<boolean> {
      const removed = await db.delete(t).where(eq(t.id, id)).returning({ id: t.id })
      return removed.length > 0
    },
  }
}
