import { percentDecode } from '../text.ts'

/** A parameter of an address, in the words of libpq unless its reader says otherwise. */
export type Pair = readonly [name: string, value: string]

/** Splits a query as libpq does: `+` is no space. Pages that were copied as HTML leave `&amp;`. */
export function queryPairs(query: string): Pair[] {
  const pairs = query.replaceAll('&amp;', '&').split('&')
  return pairs
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=')
      // Without a sign it may be the rest of a password: the name is not told.
      if (equals === -1) return ['?', '']
      return [percentDecode(pair.slice(0, equals)), percentDecode(pair.slice(equals + 1))]
    })
}

/** Gives the name of a parameter for a sentence; what does not look like one is not told. */
export function tellName(name: string): string {
  return /^[a-z][\w.-]{0,39}$/i.test(name) ? name : 'of an unreadable name'
}
