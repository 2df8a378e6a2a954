import { and, desc, eq, inArray, ne, sql, type SQL } from 'drizzle-orm'
import type { Queryable } from '../../database/database.ts'
import type { State } from '../../database/tables/spec.tables.ts'
import type { Tables } from '../../database/tables/tables.ts'
import { lazy } from '../../lazy.ts'
import { placeholders, type VersionRow } from './specs.columns.repository.ts'
import { createServed } from './versions.served.repository.ts'

export type { DocumentHead } from './versions.served.repository.ts'
export type { VersionRow } from './specs.columns.repository.ts'

/** A place in the order of versions. */
export interface VersionPlace {
  createdAt: string
  id: string
}

/** See `current`; null where there is none. */
export interface CurrentVersions {
  latest: VersionRow | null
  current: VersionRow | null
}

/** How many names one statement asks for. */
const namesAtOnce = 32

export function createVersions(db: Queryable, tables: Tables) {
  const { versions: t } = tables
  const p = sql.placeholder
  const ofSpec = eq(t.specId, p('specId'))
  const newestFirst = [desc(t.createdAt), desc(t.id)]

  const one = (name: string, where: SQL | undefined) =>
    lazy(() =>
      db
        .select()
        .from(t)
        .where(and(ofSpec, where))
        .orderBy(...newestFirst)
        .limit(1)
        .prepare(`version_${name}`),
    )

  const named = one('named', eq(t.version, p('name')))
  const withDocument = one('with_document', eq(t.documentId, p('documentId')))
  const newest = {
    published: one('published', eq(t.state, 'published')),
    deprecated: one('deprecated', eq(t.state, 'deprecated')),
    withdrawn: one('withdrawn', eq(t.state, 'withdrawn')),
    draft: one('draft', eq(t.state, 'draft')),
  }

  const page = (name: string, where?: SQL) =>
    lazy(() =>
      db
        .select()
        .from(t)
        .where(and(ofSpec, where))
        .orderBy(...newestFirst)
        .limit(p('limit'))
        .prepare(`versions_${name}`),
    )
  const noDrafts = ne(t.state, 'draft')
  const later = sql`(${t.createdAt}, ${t.id}) < (${p('createdAt')}, ${p('id')})`
  const pages = {
    all: { first: page('all'), after: page('all_after', later) },
    shown: { first: page('shown', noDrafts), after: page('shown_after', and(noDrafts, later)) },
  }

  const asked = Array.from({ length: namesAtOnce }, (_, i) => `name${i}`)
  const taken = lazy(() =>
    db
      .select({ version: t.version })
      .from(t)
      .where(and(ofSpec, inArray(t.version, asked.map(p))))
      .prepare('version_taken_names'),
  )

  const insert = lazy(() => db.insert(t).values(placeholders(t)).prepare('version_insert'))

  return {
    /** By its own name: `latest` is none. */
    async find(specId: string, name: string): Promise<VersionRow | undefined> {
      const [row] = await named().execute({ specId, name })
      return row
    },

    /** The newest version of a spec that has this document. */
    async withDocument(specId: string, sha256: string): Promise<VersionRow | undefined> {
      const [row] = await withDocument().execute({ specId, documentId: sha256 })
      return row
    },

    /** At most `limit` of a spec's versions after a place, the newest first. */
    list(filter: {
      specId: string
      drafts: boolean
      after?: VersionPlace
      limit: number
    }): Promise<VersionRow[]> {
      const { specId, drafts, after, limit } = filter
      const kind = drafts ? pages.all : pages.shown
      const page = after ? kind.after() : kind.first()
      return page.execute({ specId, ...after, limit })
    },

    /** Raises a unique violation of `versions_spec_id_version_unique`. */
    async create(row: VersionRow): Promise<void> {
      await insert().execute(row)
    },

    async setState(id: string, state: State): Promise<void> {
      await db.update(t).set({ state }).where(eq(t.id, id))
    },

    /**
     * The version that `latest` means, the newest that is published, else the newest that is deprecated; and the one
     * that speaks for the spec: that one, else the newest that was withdrawn, else the newest draft. Whoever may see the
     * spec sees what it says, and drafts are for few.
     */
    async current(specId: string): Promise<CurrentVersions> {
      const [published] = await newest.published().execute({ specId })
      const [latest] = published ? [published] : await newest.deprecated().execute({ specId })
      if (latest) return { latest, current: latest }
      const [withdrawn] = await newest.withdrawn().execute({ specId })
      const [current] = withdrawn ? [withdrawn] : await newest.draft().execute({ specId })
      return { latest: null, current: current ?? null }
    },

    /** Which of these names a spec's versions have. */
    async takenNames(specId: string, names: readonly string[]): Promise<Set<string>> {
      const found = new Set<string>()
      for (let at = 0; at < names.length; at += namesAtOnce) {
        const values = asked.map((name, i) => [name, names[at + i] ?? names[at]])
        const rows = await taken().execute({ specId, ...Object.fromEntries(values) })
        for (const { version } of rows) found.add(version)
      }
      return found
    },

    /** The documents of a spec's versions, each once, sorted. */
    async documentIds(specId: string): Promise<string[]> {
      const rows = await db
        .selectDistinct({ id: t.documentId })
        .from(t)
        .where(eq(t.specId, specId))
        .orderBy(t.documentId)
      return rows.map(({ id }) => id)
    },

    /** Whether all versions of a spec are drafts; false where it has none. */
    async areDrafts(specId: string): Promise<boolean> {
      const [any] = await db.select({ id: t.id }).from(t).where(eq(t.specId, specId)).limit(1)
      const other = await db
        .select({ id: t.id })
        .from(t)
        .where(and(eq(t.specId, specId), noDrafts))
        .limit(1)
      return any !== undefined && other.length === 0
    },

    ...createServed(db, tables),
  }
}
