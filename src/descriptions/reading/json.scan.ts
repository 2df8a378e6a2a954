import { beyondLimit, limits } from '../limits.ts'
import { positionInBytes } from './position.ts'

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
  let count = 0
  const beyond = (code: 'too_deep' | 'too_many_keys' | 'too_many_nodes', offset: number) =>
    beyondLimit(code, positionInBytes(bytes, offset))
  for (let offset = 0; offset < length; offset++) {
    switch (bytes[offset]) {
      case 0x20:
      case 0x0a:
      case 0x0d:
      case 0x09:
        break
      case quote:
        empty = false
        while (++offset < length && bytes[offset] !== quote)
          if (bytes[offset] === backslash) offset++
        break
      case 0x3a: // colon
        members++
        count = (keys[depth] ?? 0) + 1
        if (count > limits.keysPerObject) throw beyond('too_many_keys', offset)
        keys[depth] = count
        break
      case 0x2c: // comma
        if (++nodes > limits.nodes) throw beyond('too_many_nodes', offset)
        break
      case 0x7b: // brackets that open
      case 0x5b:
        if (++depth > limits.depth) throw beyond('too_deep', offset)
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
  if (nodes > limits.nodes) throw beyond('too_many_nodes', length)
  return members
}
