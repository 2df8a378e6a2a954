import type { Outline } from '../../database/tables/spec.shapes.ts'
import { createSemaphore } from '../../semaphore.ts'

/** As objects, the 20,000 operations of a document take megabytes: few readers have theirs at a time. */
const turns = createSemaphore({
  slots: 4,
  queueMax: 500,
  waitMs: 10_000,
  what: 'the operations of a document',
})

interface Documents {
  outline: (sha256: string) => Promise<Outline | undefined>
}

/**
 * Gives what `use` makes of a document's outline, undefined where there is no such document. `use` keeps none of it
 * but what it gives. Raises `DatabaseError` (`busy`) when too many others read.
 */
export async function useOutline<Result>(
  documents: Documents,
  sha256: string,
  use: (outline: Outline) => Result | Promise<Result>,
): Promise<Result | undefined> {
  if (!turns.take()) await turns.wait()
  try {
    const outline = await documents.outline(sha256)
    return outline && (await use(outline))
  } finally {
    turns.leave()
  }
}
