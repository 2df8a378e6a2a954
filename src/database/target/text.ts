import { TargetError } from './error.ts'

const invisible = /[\u00AD\u200B-\u200F\u2028-\u202E\u2060-\u2064\uFEFF]/g
const assignment = /^(?:export\s+|set\s+|\$env:)?(?:[A-Z][A-Z0-9]*_[A-Z0-9_]*|DSN)\s*=\s*/
const quoted = /^(?:"([^]*)"|'([^]*)'|`([^]*)`|“([^]*)”|‘([^]*)’);?,?$/

/**
 * Gives the text without what copying leaves around it: blanks, line breaks, invisible characters, the name of a
 * variable, quotes. Raises `TargetError` where several variables were copied.
 */
export function cleanText(input: string): string {
  const whole = input.replaceAll(invisible, '').trim()
  const lines = whole.split(/[\r\n]+/).map((line) => line.trim())
  if (lines.some((line, at) => at > 0 && assignment.test(line))) {
    throw new TargetError('The address is followed by other variables. Give the value of one.')
  }
  // An address was broken by the page it was copied from; elsewhere every line says something of its own.
  const text = lines.join(whole.includes('://') ? '' : ' ')
  return withoutSeparator(withoutQuotes(withoutQuotes(text).replace(assignment, '')))
}

/** What ends a statement or an item of a list; in a query it could be the end of a password. */
function withoutSeparator(text: string): string {
  if (!text.includes('://') || text.includes('?')) return text
  return withoutTrailing(withoutTrailing(text, ';'), ',')
}

/** Takes off one pair of quotes. */
export function withoutQuotes(text: string): string {
  const inside = quoted
    .exec(text)
    ?.slice(1)
    .find((group) => group !== undefined)
  return (inside ?? text).trim()
}

/** Takes a character off the end, as often as it stands there; an expression for it would look at long runs again and again. */
export function withoutTrailing(text: string, character: string): string {
  let end = text.length
  while (end > 0 && text[end - 1] === character) end--
  return text.slice(0, end)
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
