import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { gone } from '../../../byte-budget.ts'
import { BodyTooLargeError } from '../../../http/body.ts'
import { escapePointer } from '../../../plugins/errors.validation.ts'
import {
  createJsonReader,
  parseJson,
  textOf,
  type JsonReader,
} from '../../../portability/import/source/json-reader.ts'
import { drain } from '../../../portability/import/source/source.ts'
import { ImportError } from '../../../portability/portability.errors.ts'
import {
  InvalidImportError,
  InvalidImportShapeError,
  ItemTooLargeError,
  TooManyItemsError,
} from './bulk.errors.ts'
import { itemsMost } from './bulk.schemas.ts'

interface Limits {
  bodyBytes: number
  itemBytes: number
  pace?: Pace
}

interface Pace {
  /** What every sender has, before it counts how fast he is. */
  patienceMs: number
  /** The slowest that is waited for. */
  bytesPerSecond: number
}

/** As of a single document: a megabit a second. */
const usualPace: Pace = { patienceMs: 10_000, bytesPerSecond: 128 * 1024 }

/** What else is in the answer that lists specs. */
const ignored = new Set<unknown>(['nextCursor'])
const ignoredBytes = 4096

/**
 * Reads the items of a body one by one, whatever JSON they are, and gives `take` each of them; never more than one is
 * in memory. Gives the SHA-256 of the body. Raises 400, 413 or 422; whatever it raises, the body was read to its end
 * unless it is too large, so that its sender hears of it. A sender who is too slow is cut off: others wait for him.
 */
export async function readItems(
  body: Readable,
  limits: Limits,
  take: (item: unknown, index: number) => Promise<void>,
): Promise<string> {
  const bytes = paced(body, limits.pace ?? usualPace)
  const digest = createHash('sha256')
  const progress = { index: 0 }
  const source = hashed(limited(bytes, limits.bodyBytes), (chunk) => digest.update(chunk))
  try {
    await readBody(
      createJsonReader(source),
      async (raw) => {
        if (progress.index === itemsMost) throw new TooManyItemsError(itemsMost)
        await take(parseJson(textOf(raw)), progress.index++)
      },
      limits.itemBytes,
    )
  } catch (error) {
    if (!(error instanceof BodyTooLargeError)) await drain(bytes, limits.bodyBytes)
    throw error instanceof ImportError ? explain(error, progress.index) : error
  }
  return digest.digest('hex')
}

type Take = (raw: Buffer) => Promise<void>

async function readBody(reader: JsonReader, take: Take, itemBytes: number): Promise<void> {
  const first = await reader.peek()
  if (first === 0x5b) await readArray(reader, take, itemBytes)
  else if (first === 0x7b) await readObject(reader, take, itemBytes)
  else throw new InvalidImportShapeError('', 'must be an array or an object')
  await reader.end()
}

async function readArray(reader: JsonReader, take: Take, itemBytes: number): Promise<void> {
  if ((await reader.peek()) !== 0x5b) throw new InvalidImportShapeError('/items', 'must be array')
  for await (const batch of reader.elements(itemBytes)) for (const raw of batch) await take(raw)
}

async function readObject(reader: JsonReader, take: Take, itemBytes: number): Promise<void> {
  let found = false
  await reader.take('{')
  for (let sign = await reader.peek(); sign !== 0x7d; sign = await reader.peek()) {
    const key = await reader.key()
    if (key === 'items' && !found) {
      await readArray(reader, take, itemBytes)
      found = true
    } else if (ignored.has(key)) {
      await reader.value(ignoredBytes)
    } else {
      const pointer = typeof key === 'string' ? `/${escapePointer(key)}` : ''
      throw new InvalidImportShapeError(pointer, found ? 'is there twice' : 'is not known here')
    }
    if ((await reader.peek()) !== 0x2c) break
    await reader.take(',')
    if ((await reader.peek()) === 0x7d) throw new ImportError('import_not_json', 'a comma ends it')
  }
  await reader.take('}')
  if (!found) throw new InvalidImportShapeError('/items', 'is missing')
}

/** The reader knows exports; here it reads something else. */
function explain({ code }: ImportError, index: number): Error {
  if (code === 'import_row') return new ItemTooLargeError(index)
  const ends = code === 'import_incomplete'
  return new InvalidImportError(
    ends
      ? 'The body ends before its JSON does.'
      : `The body is not JSON in UTF-8; it is read up to the item at index ${index}.`,
  )
}

/** The pieces of a body. Only waiting for its sender counts: what is done with a piece may take longer. */
function paced(body: Readable, { patienceMs, bytesPerSecond }: Pace): AsyncIterator<Buffer> {
  const source: AsyncIterator<Buffer> = body.iterator({ destroyOnReturn: false })
  let leftMs = patienceMs
  return {
    async next() {
      const since = performance.now()
      const timer = setTimeout(() => body.destroy(gone()), Math.max(leftMs, 0))
      try {
        const next = await source.next()
        leftMs -= performance.now() - since
        if (!next.done) leftMs += (next.value.length / bytesPerSecond) * 1000
        return next
      } finally {
        clearTimeout(timer)
      }
    },
  }
}

async function* limited(source: AsyncIterator<Buffer>, maxBytes: number): AsyncGenerator<Buffer> {
  let bytes = 0
  // Not `for await`, which would close the source after a failure.
  for (let next = await source.next(); !next.done; next = await source.next()) {
    bytes += next.value.length
    if (bytes > maxBytes) throw new BodyTooLargeError(maxBytes)
    yield next.value
  }
}

async function* hashed(
  source: AsyncGenerator<Buffer>,
  see: (chunk: Buffer) => void,
): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    see(chunk)
    yield chunk
  }
}
