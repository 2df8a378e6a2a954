import { eq, inArray, sql } from 'drizzle-orm'
import type { Database, Queryable } from '../../../database/database.ts'
import type { State } from '../../../database/tables/spec.tables.ts'
import type { Format } from '../../../descriptions/description.ts'
import { followed } from '../../../descriptions/deriving/title.ts'
import { titleKeyOf, tokensOf } from '../../../search/tokens.ts'

interface Derived {
  latestId: string | null
  open: boolean
  format: Format
}

/** A spec and its current version: the latest, else the newest that was withdrawn, else the newest draft. */
export interface CurrentVersion {
  id: string
  says: Derived
  follows: Derived
  /** Whether the import has the spec with this very version as its current one. */
  asImported: boolean
  /** Whether it has words to be found by. */
  indexed: boolean
}

/** Reads and sets what specs take from their current versions; `imported` tells by the id what came with the import. */
export function createSpecCurrency(
  tx: Queryable,
  { tables }: Pick<Database, 'tables'>,
  imported: { spec: (id: string) => boolean; version: (id: string) => boolean },
) {
  const { documents, specs, specTokens, versions } = tables
  const newestFirst = sql`${rank(versions.state)}, ${versions.createdAt} desc, ${versions.id} desc`

  async function read(ids: string[]): Promise<CurrentVersion[]> {
    const rows = await tx
      .select({
        spec: {
          id: specs.id,
          visibility: specs.visibility,
          latestId: specs.latestId,
          open: specs.open,
          format: specs.format,
        },
        currentId: sql<string | null>`(select id from ${versions} v where v.spec_id = ${specs.id}
          order by ${rank(sql`v.state`)}, v.created_at desc, v.id desc limit 1)`,
        words: specTokens.id,
      })
      .from(specs)
      .leftJoin(specTokens, eq(specTokens.id, specs.id))
      .where(inArray(specs.id, ids))
    const current = await versionsById(rows.flatMap(({ currentId }) => currentId ?? []))
    const open = new Set(await notDrafts(ids))
    return rows.map(({ spec, currentId, words }) => {
      const version = current.get(currentId ?? '')
      return {
        id: spec.id,
        says: spec,
        follows: {
          latestId: version && isLatest(version.state) ? version.id : null,
          open: spec.visibility === 'public' && open.has(spec.id),
          format: version?.format ?? spec.format,
        },
        asImported: imported.spec(spec.id) && (!version || imported.version(version.id)),
        indexed: words !== null,
      }
    })
  }

  async function versionsById(ids: string[]) {
    const rows = await tx
      .select({ id: versions.id, state: versions.state, format: versions.format })
      .from(versions)
      .where(inArray(versions.id, ids))
    return new Map(rows.map((version) => [version.id, version]))
  }

  /** Those of these specs that have a version which is no draft. */
  async function notDrafts(ids: string[]): Promise<string[]> {
    const rows = await tx
      .selectDistinct({ id: versions.specId })
      .from(versions)
      .where(sql`${inArray(versions.specId, ids)} and ${versions.state} <> 'draft'`)
    return rows.map(({ id }) => id)
  }

  async function settle(others: CurrentVersion[]): Promise<void> {
    for (const { id, follows } of others)
      await tx.update(specs).set(follows).where(eq(specs.id, id))
  }

  /** Title, summary and words follow the current version as they do when one is uploaded. */
  async function follow(others: CurrentVersion[]): Promise<void> {
    for (const { id: specId, asImported } of others) {
      const [spec] = await tx.select().from(specs).where(eq(specs.id, specId))
      const list = await tx
        .select({ id: versions.id, documentId: versions.documentId })
        .from(versions)
        .where(eq(versions.specId, specId))
        .orderBy(newestFirst)
      const current = await outlineOf(list[0])
      if (!spec) continue
      // The spec's row is the import's or was there, and so was the version that it spoke of.
      const isFormer = ({ id }: { id: string }) => imported.version(id) === imported.spec(specId)
      const former = asImported ? current : await outlineOf(list.find(isFormer))
      const { title, summary } = former && current ? followed(spec, former, current) : spec
      // What was shown under this revision before is not what is shown now.
      const revision = asImported ? spec.revision : (spec.revision % 2 ** 31) + 1
      await tx
        .update(specs)
        .set({ title, titleKey: titleKeyOf(title), summary, revision })
        .where(eq(specs.id, specId))
      const tokens = tokensOf({ ...spec, title, summary }, current?.operations ?? []).join(' ')
      await tx
        .insert(specTokens)
        .values({ id: specId, tokens })
        .onConflictDoUpdate({ target: specTokens.id, set: { tokens } })
    }
  }

  async function outlineOf(version: { documentId: string } | undefined) {
    if (!version) return undefined
    const [row] = await tx
      .select({ outline: documents.outline })
      .from(documents)
      .where(eq(documents.id, version.documentId))
    return row?.outline
  }

  return { read, settle, follow }
}

/** Which version speaks for a spec: drafts last, for what they say is for few. */
function rank(state: unknown) {
  return sql`case ${state} when 'published' then 0 when 'deprecated' then 1 when 'withdrawn' then 2 else 3 end`
}

function isLatest(state: State): boolean {
  return state === 'published' || state === 'deprecated'
}
