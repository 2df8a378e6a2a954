/** The blocks of combining diacritical marks, and the selectors of an emoji's look. */
const accents = /[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f]+/g

// oxlint-disable-next-line no-control-regex -- all of ASCII
const ascii = /^[\u0000-\u007f]*$/

/**
 * Text as it is compared: NFKC, without accents, and in one case (`Straße` is `strasse`, `É` is `e`). Vowel signs and
 * other marks that are no accents stay. What is folded already stays as it is.
 */
export function fold(text: string): string {
  if (ascii.test(text)) return text.toLowerCase()
  // By way of upper case, where `ß` is two letters. Of two small sigmas, one is for the end of words.
  const bare = withoutAccents(text).toLowerCase().toUpperCase().toLowerCase()
  return withoutAccents(bare).replaceAll('ς', 'σ').normalize('NFKC')
}

/** Decomposed (NFKD), its accents taken off. */
export function withoutAccents(text: string): string {
  return text.normalize('NFKD').replace(accents, '')
}

/** The first characters (code points) of a text. */
export function cut(text: string, characters: number): string {
  if (text.length <= characters) return text
  return Array.from(text).slice(0, characters).join('')
}
