import { isUtf8 } from 'node:buffer'
import { beginScan, endOfValue, isWhite } from './json-value.ts'
import { ImportError, type RowPlace } from '../../portability.errors.ts'

export type JsonReader = ReturnType<typeof createJsonReader>

const longestKey = 1024
const bytes = { open: 0x5b, close: 0x5d, comma: 0x2c }

/**
 * Reads a JSON document from its first byte to its last, whatever white space is in it, and never holds more of it
 * than a chunk and a value. Raises `ImportError`: `import_incomplete` when it ends early, `import_not_json`.
 */
export function createJsonReader(source: AsyncIterator<Buffer>) {
  let chunk: Buffer = Buffer.alloc(0)
  let at = 0

  /** Goes to the next chunk; false at the end. */
  async function more(): Promise<boolean> {
    const next = await source.next()
    if (next.done) return false
    chunk = next.value
    at = 0
    return true
  }

  async function mustHaveMore() {
    if (!(await more())) throw new ImportError('import_incomplete', 'it ends before its footer')
  }

  /** The next byte that is not white space, not taken yet; -1 when this chunk has none. */
  function byteNow(): number {
    while (at < chunk.length && isWhite(chunk[at] as number)) at++
    return at < chunk.length ? (chunk[at] as number) : -1
  }

  async function peek(): Promise<number> {
    for (;;) {
      const byte = byteNow()
      if (byte !== -1) return byte
      await mustHaveMore()
    }
  }

  /** Takes one sign of JSON's grammar. */
  async function take(sign: string): Promise<void> {
    if ((await peek()) !== sign.charCodeAt(0)) throw unexpected(`where ${sign} should be`)
    at++
  }

  function valueNow(limit: number): Buffer | undefined {
    const end = endOfValue(chunk, at, beginScan())
    if (end === -1) return undefined
    const value = chunk.subarray(at, end)
    if (value.length === 0) throw unexpected('where a value should be')
    if (value.length > limit) throw tooLong(limit)
    at = end
    return value
  }

  /** The bytes of the next value, which may not be longer than the limit. */
  async function value(limit: number): Promise<Buffer> {
    await peek()
    const scan = beginScan()
    const parts: Buffer[] = []
    let length = 0
    for (;;) {
      const end = endOfValue(chunk, at, scan)
      const part = chunk.subarray(at, end === -1 ? undefined : end)
      parts.push(part)
      length += part.length
      if (length > limit) throw tooLong(limit)
      if (end !== -1) {
        at = end
        if (length === 0) throw unexpected('where a value should be')
        return Buffer.concat(parts, length)
      }
      await mustHaveMore()
    }
  }

  /** The elements of an array, as many at once as the chunk holds; they are to be used before the next ones. */
  async function* elements(limit: number): AsyncGenerator<Buffer[]> {
    await take('[')
    let batch: Buffer[] = []
    let state: 'first' | 'value' | 'after' = 'first'
    for (;;) {
      const byte = byteNow()
      if (byte === -1) {
        if (batch.length > 0) yield batch
        batch = []
        await mustHaveMore()
      } else if (byte === bytes.close && state !== 'value') {
        at++
        if (batch.length > 0) yield batch
        return
      } else if (state === 'after') {
        if (byte !== bytes.comma) throw unexpected('between two rows')
        at++
        state = 'value'
      } else {
        const whole = valueNow(limit)
        if (whole) {
          batch.push(whole)
        } else {
          if (batch.length > 0) yield batch
          batch = [await value(limit)]
        }
        state = 'after'
      }
    }
  }

  return {
    peek,
    take,
    elements,
    value: async (limit: number) => parseJson(textOf(await value(limit))),
    /** The next key of an object, with its colon. */
    async key(): Promise<unknown> {
      const key = parseJson(textOf(await value(longestKey)))
      await take(':')
      return key
    },
    /** Raises unless nothing but white space is left. */
    async end() {
      do {
        if (byteNow() !== -1) throw unexpected('after the end')
      } while (await more())
    },
  }
}

/** The text of UTF-8; raises `ImportError` (`import_not_json`). */
export function textOf(raw: Buffer, place: RowPlace = {}): string {
  if (!isUtf8(raw)) throw new ImportError('import_not_json', 'it is not UTF-8', place)
  return raw.toString()
}

/** Raises `ImportError` (`import_not_json`). */
export function parseJson(text: string, place: RowPlace = {}): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new ImportError('import_not_json', 'it is not JSON', place)
  }
}

function unexpected(where: string): ImportError {
  return new ImportError('import_not_json', `it is not JSON: something else ${where}`)
}

function tooLong(limit: number): ImportError {
  return new ImportError('import_row', `a value is longer than ${limit} bytes`)
}
