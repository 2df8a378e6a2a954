import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { shownSpec, type FoundSpec } from '../spec.ts'

const unpack = promisify(gunzip)

/** The most bytes of documents on a page, unless it is of one document alone. */
const bytesMost = 16 * 1024 * 1024

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

/** A page with contents as JSON, read and written one document at a time, as fast as the client takes it. */
export function streamPage(contents: Contents): Readable {
  return Readable.from(pieces(contents), { objectMode: false })
}

async function* pieces({ specs, nextCursor, contentOf, serialize }: Contents) {
  let before = '{"items":['
  for (const spec of specs) {
    const packed = spec.latest ? await contentOf(spec.latest.documentId) : undefined
    // As Buffer has it, a byte-order mark stays.
    const content = packed ? (await unpack(packed)).toString() : null
    yield before + serialize({ ...shownSpec(spec), content })
    before = ','
  }
  yield `${specs.length === 0 ? before : ''}],"nextCursor":${JSON.stringify(nextCursor)}}`
}
