import type { Outline } from '../../database/tables/spec.shapes.ts'
import type { Repositories } from '../../storage.ts'
import { tokensOf } from '../../search/tokens.ts'
import { followed } from '../../descriptions/deriving/title.ts'
import { changedSpec } from './spec.ts'
import { ChangedMeanwhileError } from './specs.errors.ts'
import type { FoundSpec, SpecRow, VersionRow } from './specs.columns.repository.ts'

/**
 * Makes a spec fit its versions after one of them changed: which is the latest, its title, its format, what it is
 * found by, who may read it. `former` was the current version before. Gives its next revision, which is stored.
 * Raises `ChangedMeanwhileError` when the spec has another revision by now: it was given to another owner.
 */
export async function settle(
  tx: Repositories,
  spec: FoundSpec,
  former: VersionRow | null,
): Promise<FoundSpec> {
  const { latest, current } = await tx.versions.current(spec.id)
  const outline = current && (await tx.documents.outline(current.documentId))
  const before = former && (await tx.documents.outline(former.documentId))
  const settled = changedSpec(
    spec,
    {
      ...(outline && before && followed(spec, before, outline)),
      format: current?.format ?? spec.format,
      latestId: latest?.id ?? null,
      open: spec.visibility === 'public' && !(await tx.versions.areDrafts(spec.id)),
    },
    new Date().toISOString(),
  )
  if (!(await tx.specs.update(settled, spec.revision))) throw new ChangedMeanwhileError()
  if (outline && current?.id !== former?.id) await putTokens(tx, settled, outline)
  return { ...settled, latest: latest ?? null }
}

export function putTokens(tx: Repositories, spec: SpecRow, outline: Outline): Promise<void> {
  return tx.specTokens.put(spec.id, tokensOf(spec, outline.operations))
}
