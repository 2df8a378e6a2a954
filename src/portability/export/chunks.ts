/** Takes the next piece of an export; the one after it comes when the promise is fulfilled. */
export type Write = (chunk: Buffer) => Promise<void>

const chunkBytes = 64 * 1024
const longBytes = 1024 * 1024

/** Hands on what is put into it in pieces of 64 KiB, neither crumbs nor lumps. */
export function createChunks(write: Write) {
  let waiting: Buffer[] = []
  let bytes = 0

  function take(): Buffer {
    const whole = waiting.length === 1 ? (waiting[0] as Buffer) : Buffer.concat(waiting, bytes)
    waiting = []
    bytes = 0
    return whole
  }

  async function flush() {
    const whole = take()
    for (let from = 0; from < whole.length; from += chunkBytes) {
      await write(whole.subarray(from, from + chunkBytes))
    }
  }

  /** Hands on a long piece without putting it together with what waits. */
  async function putLong(buffer: Buffer) {
    const missing = (chunkBytes - bytes) % chunkBytes
    waiting.push(buffer.subarray(0, missing))
    bytes += missing
    await flush()
    let from = missing
    for (; from + chunkBytes <= buffer.length; from += chunkBytes) {
      await write(buffer.subarray(from, from + chunkBytes))
    }
    // A copy: the rest would keep all of it.
    waiting.push(Buffer.from(buffer.subarray(from)))
    bytes = buffer.length - from
  }

  return {
    flush,
    async put(piece: string | Buffer) {
      const buffer = typeof piece === 'string' ? Buffer.from(piece) : piece
      if (buffer.length >= longBytes) return putLong(buffer)
      waiting.push(buffer)
      bytes += buffer.length
      if (bytes >= chunkBytes) await flush()
    },
  }
}
