// Control characters, soft hyphens, what has no width, and what turns the direction of writing.
const invisible =
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  /(?![\t\n\v\f\r\u0085])[\p{Cc}\p{Cs}\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff]+/gu
const spaces = /[\s\u0085]+/g
const plain = /^[\u0021-\u007e]+(?: [\u0021-\u007e]+)*$/

/** What a reader can see of a text, on one line: at most so many characters (code points), an ellipsis for the rest. */
export function clean(text: string, length: number): string {
  if (text.length <= length && plain.test(text)) return text
  // Only so much is looked at: a text of megabytes that begins with blanks is as good as empty.
  const visible = text
    .slice(0, 16 * length + 4096)
    .replace(invisible, '')
    .replace(spaces, ' ')
    .trim()
  if (visible.length <= length) return visible
  const characters = Array.from(visible)
  if (characters.length <= length) return visible
  return `${characters
    .slice(0, length - 1)
    .join('')
    .trimEnd()}…`
}

/** The same of something that may be no text. */
export function cleanText(value: unknown, length: number): string {
  return typeof value === 'string' ? clean(value, length) : ''
}

/** Whether a text holds characters that no reader can see. */
export function hidden(text: string): boolean {
  return text.slice(0, 4096).search(invisible) !== -1
}
