import createError from '@fastify/error'

const StaleError = createError(
  'stale',
  'It was changed since: get it again, and its ETag with it.',
  412,
)

/** The strong ETag of a row's revision. */
export function revisionTag(revision: number): string {
  return `"${revision}"`
}

/** Tells whether If-None-Match names this ETag; weakly, as RFC 9110 has it: proxies that compress weaken them. */
export function isKnown(header: string, tag: string): boolean {
  return holds(header.replaceAll('W/', ''), tag)
}

/** Raises 412 when the caller says which revision is meant, and it is another one by now. */
export function assertIfMatch(header: string | undefined, revision: number): void {
  if (header !== undefined && !holds(header, revisionTag(revision))) throw new StaleError()
}

function holds(header: string, tag: string): boolean {
  const tags = new Set(header.split(',').map((part) => part.trim()))
  return tags.has('*') || tags.has(tag)
}
