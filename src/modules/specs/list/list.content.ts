import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { createGunzip, gunzip } from 'node:zlib'
import { shownSpec, type FoundSpec } from '../spec.ts'

const unpack = promisify(gunzip)

/** The most bytes of documents on a page, unless it is of one document alone. */
const bytesMost = 16 * 1024 * 1024

/** Larger documents are written piece by piece: readers who take their time would each have one in memory. */
const atOnceMost = 256 * 1024

/** The first of some specs, as many as a page may have the documents of; at least one. */
export function fitting(specs: FoundSpec[]): FoundSpec[] {
  let bytes = 0
  const end = specs.findIndex(({ latest }, i) => {
    bytes += latest?.bytes ?? 0
    return i > 0 && bytes > bytesMost
  })
  return end === -1 ? specs : specs.slice(0, end)
}

export interface Contents {
  specs: FoundSpec[]
  nextCursor: string | null
  /** Gives a document's bytes, gzipped. */
  contentOf: (sha256: string) => Promise<Buffer | undefined>
  serialize: (spec: Record<string, unknown>) => string
}

/** A page with contents as JSON, read one document at a time and written as fast as the client takes it. */
export function streamPage(contents: Contents): Readable {
  return Readable.from(pieces(contents), { objectMode: false })
}

async function* pieces({ specs, nextCursor, contentOf, serialize }: Contents) {
  let before = '{"items":['
  for (const spec of specs) {
    const packed = spec.latest ? await contentOf(spec.latest.documentId) : undefined
    const written = serialize({ ...shownSpec(spec), content: null })
    // It is the last of its members.
    const open = written.slice(0, -'null}'.length)
    if (!packed) yield before + written
    else if ((spec.latest?.bytes ?? 0) <= atOnceMost)
      // As Buffer has it, a byte-order mark stays.
      yield `${before}${open}${JSON.stringify((await unpack(packed)).toString())}}`
    else {
      yield `${before}${open}"`
      yield* textOf(packed)
      yield '"}'
    }
    before = ','
  }
  yield `${specs.length === 0 ? before : ''}],"nextCursor":${JSON.stringify(nextCursor)}}`
}

/** A document as the inside of a JSON string, in pieces. */
async function* textOf(packed: Buffer): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  const unpacked = createGunzip({ chunkSize: 64 * 1024 })
  unpacked.end(packed)
  for await (const chunk of unpacked) {
    const text = decoder.decode(chunk as Buffer, { stream: true })
    if (text !== '') yield JSON.stringify(text).slice(1, -1)
  }
}
