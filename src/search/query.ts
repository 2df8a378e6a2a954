import { tokenize } from './tokens.ts'

/** The most words of a query. */
export const wordsMost = 8

/** What is looked for: specs that have every token of `whole`, and one that begins with `prefix`. */
export interface Wanted {
  whole: string[]
  prefix?: string
}

/**
 * A query's words: the last one is a prefix, even with a blank behind it, so that a list does not change while
 * somebody types on. Undefined where it has no word at all: nothing fits it.
 */
export function parseQuery(q: string): Wanted | undefined {
  const words = tokenize(q)
  const prefix = words.pop()
  if (prefix === undefined) return undefined
  return { whole: [...new Set(words)], prefix }
}
