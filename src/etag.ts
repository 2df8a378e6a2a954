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

/** Tells whether a header's list of ETags holds this one. */
export function matches(header: string, tag: string): boolean {
  const tags = new Set(header.split(',').map((part) => part.trim()))
  return tags.has('*') || tags.has(tag)
}

/** Raises 412 when the caller says which revision is meant, and it is another one by now. */
export function assertIfMatch(header: string | undefined, revision: number): void {
  if (header !== undefined && !matches(header, revisionTag(revision))) throw new StaleError()
}
