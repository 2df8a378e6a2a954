import createError from '@fastify/error'
import { isPlainText } from '../plain-text.ts'
import { isTimestamp } from '../timestamp.ts'

export const InvalidCursorError = createError(
  'invalid_cursor',
  'This cursor is not one of this list: begin without a cursor.',
  400,
)

export type CursorKey = (string | number | boolean)[]

/** Stands for any text in what a key is to be like: other texts are ids, or times. */
export const anyText: unique symbol = Symbol('any text')

type Example = CursorKey[number] | typeof anyText

/** The place behind a row, as a text that only the same list, with the same filters, takes back. */
export function encodeCursor(list: string, key: CursorKey): string {
  return Buffer.from(JSON.stringify([list, ...key])).toString('base64url')
}

/**
 * Gives back the key of a cursor of this list, of values of the same types as `like`.
 * Raises `InvalidCursorError` for anything else.
 */
export function decodeCursor(list: string, cursor: string, like: Example[]): CursorKey {
  const [name, ...key] = parse(cursor)
  const fits = key.length === like.length && key.every((part, i) => isLike(part, like[i]))
  if (name !== list || !fits) throw new InvalidCursorError()
  return key as CursorKey
}

/** Of the same type; and a time where a time is expected: the databases differ in what they make of others. */
function isLike(part: unknown, example: Example | undefined): boolean {
  if (example === anyText)
    return typeof part === 'string' && part.length <= 200 && isPlainText(part)
  if (typeof part !== typeof example) return false
  if (typeof part === 'number') return Number.isSafeInteger(part)
  if (typeof part !== 'string') return true
  return isTimestamp(String(example)) ? isTimestamp(part) : id.test(part)
}

const id = /^[\x20-\x7e]{0,100}$/

function parse(cursor: string): unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    if (Array.isArray(parts)) return parts
  } catch {
    throw new InvalidCursorError()
  }
  throw new InvalidCursorError()
}
