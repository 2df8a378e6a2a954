import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { ImportError } from '../../portability.errors.ts'

/**
 * The bytes of an import, unpacked where they are gzip. Counts them on both sides of the unpacking.
 * Raises `ImportError`: `import_too_large`, `import_incomplete` and `import_not_json` for a gzip that is cut or damaged.
 */
export async function* unpacked(
  source: AsyncIterator<Buffer>,
  maxBytes: number,
): AsyncGenerator<Buffer> {
  const counted = limited(source, maxBytes)
  const start = await firstBytes(counted)
  const whole = rejoined(start, counted)
  yield* isGzip(start) ? limited(gunzip(whole), maxBytes) : whole
}

/** Reads what is left of a source after a failure, so that its sender comes to hear of it; not more than the limit. */
export async function drain(source: AsyncIterator<Buffer>, maxBytes: number): Promise<void> {
  for (let bytes = 0; bytes <= maxBytes;) {
    const next = await source.next()
    if (next.done) return
    bytes += next.value.length
  }
}

async function* limited(source: AsyncIterator<Buffer>, maxBytes: number): AsyncGenerator<Buffer> {
  let bytes = 0
  // Not `for await`, which would close the source after a failure.
  for (;;) {
    const next = await source.next()
    if (next.done) return
    bytes += next.value.length
    if (bytes > maxBytes) {
      throw new ImportError('import_too_large', `it is larger than ${maxBytes} bytes`)
    }
    yield next.value
  }
}

async function firstBytes(source: AsyncIterator<Buffer>): Promise<Buffer> {
  let start: Buffer = Buffer.alloc(0)
  while (start.length < 2) {
    const next = await source.next()
    if (next.done) break
    start = Buffer.concat([start, next.value])
  }
  return start
}

async function* rejoined(start: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  if (start.length > 0) yield start
  for (;;) {
    const next = await rest.next()
    if (next.done) return
    yield next.value
  }
}

function isGzip(start: Buffer): boolean {
  return start[0] === 0x1f && start[1] === 0x8b
}

async function* gunzip(packed: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  // The error comes out of the loop below.
  const stream = pipeline(Readable.from(packed), createGunzip({ chunkSize: 64 * 1024 }), () => {})
  try {
    for await (const chunk of stream) yield chunk as Buffer
  } catch (error) {
    throw gzipError(error)
  }
}

function gzipError(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'Z_BUF_ERROR') {
    return new ImportError('import_incomplete', 'the gzip ends early')
  }
  return code?.startsWith('Z_') ? new ImportError('import_not_json', 'the gzip is damaged') : error
}
