import { setImmediate as turn } from 'node:timers/promises'
import type { Operation } from '../../../descriptions/description.ts'
import { parseQuery, type Wanted } from '../../../search/query.ts'
import { tokenize } from '../../../search/tokens.ts'

/** An operation, and which one of its document it is, counted from 0. */
export interface Found {
  at: number
  operation: Operation
}

/** After so many, others get their turn: a document may have 20,000. */
const slice = 500

/**
 * At most `limit` operations from the one at `from` on, in the document's order. With `q` those that have its words as
 * specs are searched for them (see src/search): in the method, the path, the id, the summary and the tags.
 */
export async function findOperations(
  operations: readonly Operation[],
  { q, from, limit }: { q: string | undefined; from: number; limit: number },
): Promise<Found[]> {
  const wanted = q === undefined ? { whole: [] } : parseQuery(q)
  if (!wanted) return []
  const found: Found[] = []
  for (let at = from; at < operations.length && found.length < limit; at++) {
    if ((at - from) % slice === slice - 1) await turn()
    const operation = operations[at]
    if (operation && fits(operation, wanted)) found.push({ at, operation })
  }
  return found
}

function fits(operation: Operation, { whole, prefix }: Wanted): boolean {
  if (prefix === undefined) return true
  const tokens = new Set(textsOf(operation).flatMap(tokenize))
  if (!whole.every((word) => tokens.has(word))) return false
  return [...tokens].some((token) => token.startsWith(prefix))
}

function textsOf({ method, path, operationId, summary, tags }: Operation): string[] {
  return [method, path, operationId ?? '', summary ?? '', ...tags]
}
