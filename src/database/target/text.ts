const invisible = /[\uFEFF\u200B-\u200D\u2060]/g
const lineBreaks = /[\r\n]+/g
const quoted = /^(["'])(.*)\1$/s

/** Gives the text without what copying leaves around it: blanks, line breaks, zero-width characters, one pair of quotes. */
export function cleanText(input: string): string {
  const text = input.replaceAll(invisible, '').replaceAll(lineBreaks, '').trim()
  return (quoted.exec(text)?.[2] ?? text).trim()
}

/** Decodes `%41`; text that is no valid encoding stays as it is, for a password may hold a bare `%`. */
export function percentDecode(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text.replaceAll(/%(?![0-9a-f]{2})/gi, '%25'))
  } catch {
    return text
  }
}

/** Tells whether text holds a control character, which no name, host or password of a database does. */
export function hasControlCharacter(text: string): boolean {
  return /\p{Cc}/u.test(text)
}
