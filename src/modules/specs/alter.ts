import type { Repositories } from '../../storage.ts'
import { changedSpec } from './spec.ts'
import type { FoundSpec } from './specs.columns.repository.ts'
import { ChangedMeanwhileError, SlugTakenError } from './specs.errors.ts'
import type { SpecChanges } from './specs.schemas.ts'
import { putTokens } from './settle.ts'

/**
 * Changes what a spec says of itself, in a unit that is alone on the spec, and on its new slug if it gets one. Gives
 * its next revision, which is stored. Raises `SlugTakenError`, and `ChangedMeanwhileError` as
 * `settle` does.
 */
export async function alter(
  tx: Repositories,
  spec: FoundSpec,
  changes: SpecChanges,
): Promise<FoundSpec> {
  const { slug, visibility = spec.visibility } = changes
  if (slug !== undefined && slug !== spec.slug) {
    const taken = await tx.specs.takenSlugs([slug])
    if (taken.size > 0) throw new SlugTakenError()
  }
  const open = visibility === 'public' && !(await tx.versions.areDrafts(spec.id))
  const changed = changedSpec(spec, { ...changes, open }, new Date().toISOString())
  if (!(await tx.specs.update(changed, spec.revision))) throw new ChangedMeanwhileError()
  if (isFoundByOtherWords(changes)) {
    const { current } = await tx.versions.current(spec.id)
    const outline = current && (await tx.documents.outline(current.documentId))
    if (outline) await putTokens(tx, changed, outline)
  }
  return changed
}

function isFoundByOtherWords({ slug, title, summary, tags }: SpecChanges): boolean {
  return [slug, title, summary, tags].some((one) => one !== undefined)
}
