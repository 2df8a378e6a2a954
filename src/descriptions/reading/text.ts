import { Buffer, isUtf8 } from 'node:buffer'
import { DescriptionError } from '../description.errors.ts'
import { at, positionInBytes } from './position.ts'

/** The document as text, without its byte-order mark. Raises `DescriptionError`: `empty_document`, `not_utf8`. */
export function decode(bytes: Buffer): string {
  if (bytes.length === 0) throw new DescriptionError('empty_document', 'The document is empty.')
  refuseUtf16(bytes)
  if (!isUtf8(bytes)) throw notUtf8(bytes)
  const text = bytes.toString('utf8')
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}

function refuseUtf16(bytes: Buffer): void {
  const marked =
    (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
  const bare = bytes.length > 1 && (bytes[0] === 0) !== (bytes[1] === 0)
  if (!marked && !bare) return
  throw new DescriptionError(
    'not_utf8',
    'The document is encoded in UTF-16 or UTF-32. Save it as UTF-8 and send it again.',
    { line: 1, column: 1 },
  )
}

function notUtf8(bytes: Buffer): DescriptionError {
  const offset = firstInvalid(bytes)
  const place = positionInBytes(bytes, offset)
  const byte = (bytes[offset] ?? 0).toString(16).padStart(2, '0')
  return new DescriptionError(
    'not_utf8',
    `The document is not UTF-8: the byte 0x${byte} at ${at(place)} belongs to no character. Save it as UTF-8 and send it again.`,
    place,
  )
}

/** The start of the first character that is none: the longest valid beginning is searched by halves. */
function firstInvalid(bytes: Buffer): number {
  let valid = 0
  let invalid = bytes.length
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >> 1
    if (isUtf8(bytes.subarray(0, characterStart(bytes, middle)))) valid = middle
    else invalid = middle
  }
  return characterStart(bytes, valid)
}

function characterStart(bytes: Buffer, offset: number): number {
  let start = offset
  while (start > 0 && offset - start < 3 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start--
  return start
}
