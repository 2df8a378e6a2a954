import type { LockName } from '../../database/database.ts'
import type { Repositories } from '../../storage.ts'
import { specLock } from './publish.ts'
import { ChangedMeanwhileError } from './specs.errors.ts'

/** Somebody may publish a version while the spec is about to go, and again. */
const attempts = 10

/** There are other documents than those that the unit is alone on. */
class OtherDocumentsError extends Error {
  override readonly name = 'OtherDocumentsError'
}

/**
 * Removes a spec, and the documents that no version has any more. `inUnit` runs a unit that is alone on what it is
 * given, and in it, when all is well, the removal; it runs again when there were further documents by then.
 * Raises `ChangedMeanwhileError` when that does not end.
 */
export async function remove<Result>(
  { versions }: Pick<Repositories, 'versions'>,
  specId: string,
  inUnit: (alone: LockName[], removeFrom: (tx: Repositories) => Promise<void>) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const known = new Set(await versions.documentIds(specId))
    const documents = [...known].map((id): LockName => ['document', id])
    try {
      return await inUnit([specLock(specId), ...documents], async (tx) => {
        const ids = await tx.versions.documentIds(specId)
        if (!ids.every((id) => known.has(id))) throw new OtherDocumentsError()
        await tx.specs.remove(specId)
        await tx.documents.removeUnused(ids)
      })
    } catch (error) {
      if (!(error instanceof OtherDocumentsError)) throw error
    }
  }
  throw new ChangedMeanwhileError()
}
