import type { Place } from '../description.errors.ts'

/** The line and the column (in characters) of a place in a text, both from 1. */
export function positionInText(text: string, offset: number): Required<Omit<Place, 'pointer'>> {
  const lineStart = offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1
  let line = 1
  for (let at = text.indexOf('\n'); at !== -1 && at < lineStart; at = text.indexOf('\n', at + 1))
    line++
  return { line, column: characters(text.slice(lineStart, offset)) + 1 }
}

/** The same for a place in the bytes of a text. */
export function positionInBytes(bytes: Buffer, offset: number): Required<Omit<Place, 'pointer'>> {
  const before = bytes.toString('utf8', 0, offset).replace(/^\ufeff/, '')
  return positionInText(before, before.length)
}

/** How messages name a place. */
export function at({ line, column }: Required<Omit<Place, 'pointer'>>): string {
  return `line ${line}, column ${column}`
}

function characters(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}
