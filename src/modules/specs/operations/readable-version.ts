import type { Role } from '../../../database/tables/tables.ts'
import type { Storage } from '../../../storage.ts'
import { mayRead, mayWrite, type FoundSpec } from '../spec.ts'
import { SpecNotFoundError, VersionNotFoundError } from '../specs.errors.ts'
import { latestAlias, type VersionRow } from '../version.ts'

interface Asked {
  slug: string
  /** A version's name, or `latest`. */
  version: string
  /** Null is a guest. */
  reader: { userId: string; role: Role } | null
}

/** Raises `SpecNotFoundError` where there is none, or none that the reader may know of. */
export async function readableSpec(
  storage: Storage,
  { slug, reader }: Omit<Asked, 'version'>,
): Promise<FoundSpec> {
  const spec = await storage.specs.bySlug(slug)
  if (!spec || !mayRead(spec, reader)) throw new SpecNotFoundError()
  return spec
}

/** Raises `SpecNotFoundError`, `VersionNotFoundError`: drafts are for those who may write. */
export async function readableVersion(
  storage: Storage,
  { slug, version: name, reader }: Asked,
): Promise<{ spec: FoundSpec; version: VersionRow }> {
  const spec = await readableSpec(storage, { slug, reader })
  const version = name === latestAlias ? spec.latest : await storage.versions.find(spec.id, name)
  if (!version || (version.state === 'draft' && !mayWrite(spec, reader))) {
    throw new VersionNotFoundError()
  }
  return { spec, version }
}
