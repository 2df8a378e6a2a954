import { DescriptionError, type DescriptionErrorCode } from './description.errors.ts'
import { limits } from './limits.ts'
import { at, positionInBytes } from './position.ts'

const quote = 0x22
const backslash = 0x5c

/**
 * Reads over the bytes of a JSON text once, before any parser does, and holds it against the limits. Gives the number of
 * its members. It trusts the text to be JSON: where it is not, the parser says so.
 * Raises `DescriptionError`: `too_deep`, `too_many_keys`, `too_many_nodes`.
 */
export function scanJson(bytes: Buffer): number {
  const { length } = bytes
  const keys = new Int32Array(limits.depth + 1)
  let depth = 0
  let nodes = 1
  let members = 0
  let empty = false
  for (let offset = 0; offset < length; offset++) {
    switch (bytes[offset]) {
      case 0x20:
      case 0x0a:
      case 0x0d:
      case 0x09:
        break
      case quote:
        empty = false
        while (++offset < length && bytes[offset] !== quote) if (bytes[offset] === backslash) offset++
        break
      case 0x3a: // colon
        members++
        if (++keys[depth]! > limits.keysPerObject) throw tooMany('too_many_keys', bytes, offset)
        break
      case 0x2c: // comma
        if (++nodes > limits.nodes) throw tooMany('too_many_nodes', bytes, offset)
        break
      case 0x7b: // brackets that open
      case 0x5b:
        if (++depth > limits.depth) throw tooMany('too_deep', bytes, offset)
        keys[depth] = 0
        nodes++
        empty = true
        break
      case 0x7d: // brackets that close
      case 0x5d:
        if (empty) nodes--
        empty = false
        if (depth > 0) depth--
        break
      default:
        empty = false
    }
  }
  if (nodes > limits.nodes) throw tooMany('too_many_nodes', bytes, length)
  return members
}

const sentences = {
  too_deep: `More than ${limits.depth} objects and arrays lie inside each other`,
  too_many_keys: `An object has more than ${limits.keysPerObject} keys`,
  too_many_nodes: `The document has more than ${limits.nodes} values`,
} satisfies Partial<Record<DescriptionErrorCode, string>>

/** The error for a limit that is passed at a place in the bytes. */
function tooMany(code: keyof typeof sentences, bytes: Buffer, offset: number): DescriptionError {
  const place = positionInBytes(bytes, offset)
  return new DescriptionError(code, `${sentences[code]}, seen at ${at(place)}.`, place)
}
