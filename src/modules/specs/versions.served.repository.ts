import { and, eq, sql } from 'drizzle-orm'
import type { Queryable } from '../../database/database.ts'
import type { Tables } from '../../database/tables/tables.ts'
import { lazy } from '../../lazy.ts'

/** The name that means a spec's latest version. */
const latestName = 'latest'

/** Documents by the names in an address, each with one statement. */
export function createServed(db: Queryable, { versions: t, specs, documents }: Tables) {
  const p = sql.placeholder
  const served = {
    specId: specs.id,
    slug: specs.slug,
    ownerId: specs.ownerId,
    open: specs.open,
    versionId: t.id,
    version: t.version,
    state: t.state,
    sha256: t.documentId,
    mediaType: t.mediaType,
    bytes: t.bytes,
  }
  // The latest is one of the spec's: asked for that, too, SQLite looks through all versions of the spec.
  const inSpec = {
    named: and(eq(t.specId, specs.id), eq(t.version, p('name'))),
    latest: eq(t.id, specs.latestId),
  }

  const head = (kind: keyof typeof inSpec) =>
    lazy(() =>
      db
        .select(served)
        .from(specs)
        .innerJoin(t, inSpec[kind])
        .where(eq(specs.slug, p('slug')))
        .prepare(`document_head_${kind}`),
    )
  const whole = (kind: keyof typeof inSpec) =>
    lazy(() =>
      db
        .select({ ...served, content: documents.content })
        .from(specs)
        .innerJoin(t, inSpec[kind])
        .innerJoin(documents, eq(documents.id, t.documentId))
        .where(eq(specs.slug, p('slug')))
        .prepare(`document_${kind}`),
    )
  const heads = { named: head('named'), latest: head('latest') }
  const wholes = { named: whole('named'), latest: whole('latest') }

  /** Where to look for a version of this name. */
  const kindOf = (name: string) => (name === latestName ? 'latest' : 'named')

  return {
    /** What is needed to answer for a version's document, without its bytes. `latest` is the spec's latest one. */
    async documentHead(slug: string, name: string) {
      const [row] = await heads[kindOf(name)]().execute({ slug, name })
      return row
    },

    /** The same with the bytes, gzipped, in one statement. */
    async document(slug: string, name: string) {
      const [row] = await wholes[kindOf(name)]().execute({ slug, name })
      return row
    },
  }
}

/** See `documentHead`. */
export type DocumentHead = NonNullable<
  Awaited<ReturnType<ReturnType<typeof createServed>['documentHead']>>
>
