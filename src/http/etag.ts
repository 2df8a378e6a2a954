import createError from '@fastify/error'

const StaleError = createError(
  'stale',
  'It was changed since: get it again, and its ETag with it.',
  412,
)

interface Revised {
  revision: number
  updatedAt: string
}

/** The strong ETag of a row. The revision alone would come again with other content after an older state is restored. */
export function revisionTag({ revision, updatedAt }: Revised): string {
  return `"${revision}.${Date.parse(updatedAt).toString(36)}"`
}

/** Tells whether If-None-Match names this ETag; weakly, as RFC 9110 has it: proxies that compress weaken them. */
export function isKnown(header: string, tag: string): boolean {
  return holds(header.replaceAll('W/', ''), tag)
}

/** Raises 412 when the caller says which state is meant, and it is another one by now. */
export function assertIfMatch(header: string | undefined, row: Revised): void {
  if (header !== undefined && !holds(header, revisionTag(row))) throw new StaleError()
}

function holds(header: string, tag: string): boolean {
  const tags = new Set(header.split(',').map((part) => part.trim()))
  return tags.has('*') || tags.has(tag)
}
