import type { Caller } from '../../plugins/access.ts'
import type { Repositories } from '../../storage.ts'
import { assertReadable } from './access.ts'
import { mayWrite } from './spec.ts'
import type { FoundSpec, VersionRow } from './specs.columns.repository.ts'
import { VersionNotFoundError } from './specs.errors.ts'
import { latestAlias } from './version.ts'

interface Asked {
  /** A version's name, or `latest`. */
  version: string
  /** Null is a guest. */
  caller: Caller | null
}

/** A version of a spec that the caller may see, and the spec. Raises `SpecNotFoundError`, `VersionNotFoundError`. */
export async function readableVersion(
  storage: Pick<Repositories, 'specs' | 'versions'>,
  { slug, ...asked }: Asked & { slug: string },
): Promise<{ spec: FoundSpec; version: VersionRow }> {
  const spec = assertReadable(await storage.specs.bySlug(slug), asked.caller)
  return { spec, version: await versionOf(storage, spec, asked) }
}

/** A version of this spec, if the caller may see it: drafts are for those who may change it. Raises `VersionNotFoundError`. */
export async function versionOf(
  { versions }: Pick<Repositories, 'versions'>,
  spec: FoundSpec,
  { version: name, caller }: Asked,
): Promise<VersionRow> {
  const version = name === latestAlias ? spec.latest : await versions.find(spec.id, name)
  const hidden = version?.state === 'draft' && !mayWrite(spec, caller)
  if (!version || hidden) throw new VersionNotFoundError()
  return version
}
