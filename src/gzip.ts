import { promisify } from 'node:util'
import { gunzip, gzip, gzipSync } from 'node:zlib'

const compress = promisify(gzip)
const decompress = promisify(gunzip)

/** The ninth byte of the header names the system that packed it; 255 is "unknown" (RFC 1952, 2.3.1). */
const systemAt = 9

const options = { level: 6 }

/** Packs a document as it is stored and handed out: the same bytes in whatever way it came. Another thread does it. */
export async function pack(content: Buffer | string): Promise<Buffer> {
  return anonymous(await compress(content, options))
}

/** The same at once, for a thread that has nothing else to do. */
export function packSync(content: Buffer): Buffer {
  return anonymous(gzipSync(content, options))
}

function anonymous(packed: Buffer): Buffer {
  packed[systemAt] = 255
  return packed
}

/** What was packed. Raises for what is no gzip, and for more than `mostBytes`. */
export function unpack(packed: Uint8Array, mostBytes?: number): Promise<Buffer> {
  return decompress(packed, mostBytes === undefined ? {} : { maxOutputLength: mostBytes })
}
