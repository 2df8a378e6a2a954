import type { LockName } from '../../database/database.ts'
import type { State, Visibility } from '../../database/tables/spec.tables.ts'
import type { CheckedDocument } from '../../descriptions/description.ts'
import { titleOf } from '../../descriptions/deriving/title.ts'
import type { Repositories } from '../../storage.ts'
import type { Allowance } from './allowance.ts'
import { freeName, reservedSlugs, slugOf } from './slug.ts'
import { newSpec, outlineOf } from './spec.ts'
import type { FoundSpec, SpecRow, VersionRow } from './specs.columns.repository.ts'
import { putTokens, settle } from './settle.ts'
import { SlugTakenError, VersionTakenError } from './specs.errors.ts'
import { nameRead, newVersion, timeAfter } from './version.ts'

/** A document that was checked, to become a version. */
export interface Publication {
  document: CheckedDocument
  /** The version's name as it was asked for, checked by `assertVersionName`; else it is read off the document. */
  version?: string | undefined
  state: Extract<State, 'draft' | 'published'>
  /** What the owner of the spec may still store. */
  allowance: Allowance
}

export interface NewSpecPublication extends Publication {
  /** As it was asked for; else it is made from the title. */
  slug?: string | undefined
  /** As it was asked for; else the document's. */
  title?: string | undefined
  ownerId: string
  visibility: Visibility
  tags: string[]
}

/**
 * What a unit that publishes a new spec must be alone on. Slugs that differ in a number at their end share a lock, for
 * one of them may be taken for want of another.
 */
export function locksOfSpec({
  document,
  slug,
  title,
}: Pick<NewSpecPublication, 'document' | 'slug' | 'title'>): LockName[] {
  return [slugLock(slug ?? slugOf(title ?? titleOf(document.description))), documentLock(document)]
}

/** What a unit that adds a version to a spec must be alone on. */
export function locksOfVersion(specId: string, document: CheckedDocument): LockName[] {
  return [specLock(specId), documentLock(document)]
}

export const specLock = (specId: string): LockName => ['spec', specId]

export const slugLock = (slug: string): LockName => ['slug', slug.replace(/(-[0-9]+)+$/, '')]

const documentLock = ({ sha256 }: CheckedDocument): LockName => ['document', sha256]

/** Makes a spec with its first version, in a unit that is alone on `locksOfSpec`. Raises `SlugTakenError`, `QuotaExceededError`. */
export async function publishSpec(
  tx: Repositories,
  given: NewSpecPublication,
): Promise<{ spec: FoundSpec; version: VersionRow }> {
  const { document, ownerId, visibility, tags, state, allowance } = given
  const outline = outlineOf(document)
  const title = given.title ?? titleOf(outline)
  const createdAt = new Date().toISOString()
  const bare = newSpec({
    slug: given.slug === undefined ? await freeSlug(tx, title) : await assertFree(tx, given.slug),
    title,
    summary: outline.summary,
    ownerId,
    visibility,
    tags,
    format: document.description.format,
    createdAt,
  })
  const version = newVersion({
    specId: bare.id,
    version: given.version ?? nameRead(outline.version),
    state,
    document,
    createdAt,
  })
  const published = state === 'published'
  const spec: SpecRow = {
    ...bare,
    latestId: published ? version.id : null,
    open: published && visibility === 'public',
  }
  await allowance.take(ownerId, { specs: 1, bytes: document.bytes })
  await keepDocument(tx, document)
  await tx.specs.create(spec)
  await tx.versions.create(version)
  await tx.downloads.create(spec.id)
  await putTokens(tx, spec, outline)
  return { spec: { ...spec, latest: published ? version : null, downloads: 0 }, version }
}

/**
 * Adds a version to a spec, in a unit that is alone on `locksOfVersion` and has read `spec`. Bytes that a version has
 * already change nothing, and give that one: `same`. Raises `VersionTakenError`, `QuotaExceededError`.
 */
export async function publishVersion(
  tx: Repositories,
  spec: FoundSpec,
  given: Publication,
): Promise<{ spec: FoundSpec; version: VersionRow; outcome: 'added' | 'same' }> {
  const { document, state, allowance } = given
  const same = await tx.versions.withDocument(spec.id, document.sha256)
  if (same) return { spec, version: same, outcome: 'same' }

  const name = await nameOf(tx, spec.id, given)
  const { current: former } = await tx.versions.current(spec.id)
  const [newest] = await tx.versions.list({ specId: spec.id, drafts: true, limit: 1 })
  const createdAt = timeAfter(newest?.createdAt, new Date())
  const version = newVersion({ specId: spec.id, version: name, state, document, createdAt })
  await allowance.take(spec.ownerId, { specs: 0, bytes: document.bytes })
  await keepDocument(tx, document)
  await tx.versions.create(version)
  return { spec: await settle(tx, spec, former), version, outcome: 'added' }
}

function keepDocument(tx: Repositories, document: CheckedDocument): Promise<void> {
  const { sha256, content } = document
  return tx.documents.create({ id: sha256, outline: outlineOf(document), content })
}

async function assertFree(tx: Repositories, slug: string): Promise<string> {
  if (reservedSlugs.includes(slug)) throw new SlugTakenError()
  const taken = await tx.specs.takenSlugs([slug])
  if (taken.size > 0) throw new SlugTakenError()
  return slug
}

function freeSlug(tx: Repositories, title: string): Promise<string> {
  return freeName(slugOf(title), '-', async (slugs) => {
    const taken = await tx.specs.takenSlugs(slugs)
    return taken.union(new Set(slugs.filter((slug) => reservedSlugs.includes(slug))))
  })
}

async function nameOf(
  tx: Repositories,
  specId: string,
  { version: asked, document }: Pick<Publication, 'version' | 'document'>,
): Promise<string> {
  const taken = (names: string[]) => tx.versions.takenNames(specId, names)
  if (asked === undefined) return freeName(nameRead(document.description.version), '+', taken)
  if ((await taken([asked])).size > 0) throw new VersionTakenError()
  return asked
}
