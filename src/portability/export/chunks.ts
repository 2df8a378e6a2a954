/** Takes the next piece of an export; the one after it comes when the promise is fulfilled. */
export type Write = (chunk: Buffer) => Promise<void>

const chunkBytes = 64 * 1024

/** Hands on what is put into it in pieces of 64 KiB, neither crumbs nor lumps. */
export function createChunks(write: Write) {
  let waiting: Buffer[] = []
  let bytes = 0

  async function flush() {
    const whole = waiting.length === 1 ? (waiting[0] as Buffer) : Buffer.concat(waiting, bytes)
    waiting = []
    bytes = 0
    for (let from = 0; from < whole.length; from += chunkBytes) {
      await write(whole.subarray(from, from + chunkBytes))
    }
  }

  return {
    flush,
    async put(piece: string | Buffer) {
      const buffer = typeof piece === 'string' ? Buffer.from(piece) : piece
      waiting.push(buffer)
      bytes += buffer.length
      if (bytes >= chunkBytes) await flush()
    },
  }
}
