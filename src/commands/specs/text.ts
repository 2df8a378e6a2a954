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

/** The text where it has room, else its end behind an ellipsis. */
export function endOf(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text
  const characters = Array.from(text)
  while (characters.length > 0 && columnsOf(characters.join('')) > columns - 1) characters.shift()
  return columns < 1 ? '' : `…${characters.join('')}`
}
