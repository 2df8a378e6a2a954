/** A text from elsewhere (a file's name, an answer) for a terminal: one line, without what would steer it. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim()
}

/** The columns that a text takes on a terminal, at most: whatever may be wide counts as two. */
export function columnsOf(text: string): number {
  let columns = 0
  for (const character of text) columns += (character.codePointAt(0) ?? 0) >= 0x1100 ? 2 : 1
  return columns
}

const cut = '...'

/** The text where it has room, else its end. */
export function endOf(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text
  const characters = Array.from(text)
  while (characters.length > 0 && columnsOf(cut + characters.join('')) > columns) characters.shift()
  return (cut + characters.join('')).slice(0, columns)
}
