import type { Caller } from '../../../plugins/auth.ts'
import type { Storage } from '../../../storage.ts'
import { assertReadable } from '../access.ts'
import { mayWrite } from '../spec.ts'
import type { FoundSpec, VersionRow } from '../specs.columns.repository.ts'
import { VersionNotFoundError } from '../specs.errors.ts'
import { latestAlias } from '../version.ts'

interface Asked {
  slug: string
  /** A version's name, or `latest`. */
  version: string
  /** Null is a guest. */
  caller: Caller | null
}

/**
 * A version that the caller may see: drafts are for those who may change the spec. Raises `SpecNotFoundError`,
 * `VersionNotFoundError`.
 */
export async function readableVersion(
  storage: Storage,
  { slug, version: name, caller }: Asked,
): Promise<{ spec: FoundSpec; version: VersionRow }> {
  const spec = assertReadable(await storage.specs.bySlug(slug), caller)
  const version = name === latestAlias ? spec.latest : await storage.versions.find(spec.id, name)
  const hidden = version?.state === 'draft' && !mayWrite(spec, caller)
  if (!version || hidden) throw new VersionNotFoundError()
  return { spec, version }
}
