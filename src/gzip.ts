import { promisify } from 'node:util'
import { gunzip, gunzipSync, gzip, gzipSync } from 'node:zlib'

const compress = promisify(gzip)
const decompress = promisify(gunzip)

/** The ninth byte of the header names the system that packed it; 255 is "unknown" (RFC 1952, 2.3.1). */
const systemAt = 9

const options = { level: 6 }

/** Up to here, another thread would cost more time than it saves. */
const small = 64 * 1024

/**
 * Packs a document as it is stored and handed out: the same bytes in whatever way it came. Where it is not small,
 * another thread does it.
 */
export async function pack(content: Buffer | string): Promise<Buffer> {
  return content.length <= small ? packSync(content) : anonymous(await compress(content, options))
}

/** The same at once, for a thread that has nothing else to do. */
export function packSync(content: Buffer | string): Buffer {
  return anonymous(gzipSync(content, options))
}

function anonymous(packed: Buffer): Buffer {
  packed[systemAt] = 255
  return packed
}

/** What was packed. Raises for what is no gzip. */
export async function unpack(packed: Uint8Array): Promise<Buffer> {
  return unpackedBytes(packed) <= small ? gunzipSync(packed) : decompress(packed)
}

/** A gzip ends with the length of what is in it (RFC 1952, 2.3.1). */
function unpackedBytes({ buffer, byteOffset, byteLength }: Uint8Array): number {
  if (byteLength < 4) return 0
  return new DataView(buffer, byteOffset, byteLength).getUint32(byteLength - 4, true)
}
