import type { Wanted } from '../database/words.ts'
import { tokenize } from './tokens.ts'

export type { Wanted } from '../database/words.ts'

/** The most words of a query. */
export const wordsMost = 8

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
