import { ImportError } from '../../portability.errors.ts'

const deepest = 64

const quote = 0x22
const comma = 0x2c
const backslash = 0x5c

/** Where a scan is between two chunks: a value may begin in one and end in another. */
export interface ValueScan {
  depth: number
  inString: boolean
  escaped: boolean
}

export function beginScan(): ValueScan {
  return { depth: 0, inString: false, escaped: false }
}

/**
 * Finds the end of a JSON value: gives the place after its last byte, or -1 when the chunk ends before it does.
 * It only finds the end and bounds the depth: JSON.parse says whether the value is one.
 */
export function endOfValue(chunk: Buffer, from: number, scan: ValueScan): number {
  let { depth, inString, escaped } = scan
  for (let at = from; at < chunk.length; at++) {
    const byte = chunk[at] as number
    if (inString) {
      if (escaped) escaped = false
      else if (byte === backslash) escaped = true
      else if (byte === quote) {
        inString = false
        if (depth === 0) return at + 1
      }
    } else if (byte === quote) {
      inString = true
    } else if (opens(byte)) {
      if (++depth > deepest) throw new ImportError('import_not_json', 'it is nested too deeply')
    } else if (closes(byte)) {
      if (depth === 0) return at
      if (--depth === 0) return at + 1
    } else if (depth === 0 && (byte === comma || isWhite(byte))) {
      return at
    }
  }
  scan.depth = depth
  scan.inString = inString
  scan.escaped = escaped
  return -1
}

/** Space, tab, line feed, carriage return: JSON knows no others. */
export function isWhite(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

function opens(byte: number): boolean {
  return byte === 0x7b || byte === 0x5b
}

function closes(byte: number): boolean {
  return byte === 0x7d || byte === 0x5d
}
