/** So many bytes are hashed and written at a time. */
export const blockBytes = 256 * 1024

/** Collects bytes in one piece of memory that is used again and again. */
export function createBlock() {
  let memory = Buffer.allocUnsafe(2 * blockBytes)
  let length = 0

  return {
    add(bytes: Buffer) {
      const needed = length + bytes.length
      if (needed > memory.length) {
        const larger = Buffer.allocUnsafe(needed + blockBytes)
        memory.copy(larger, 0, 0, length)
        memory = larger
      }
      memory.set(bytes, length)
      length = needed
    },
    isFull: () => length >= blockBytes,
    /** What was collected, to be used before the next is added. */
    take(): Buffer {
      const bytes = memory.subarray(0, length)
      length = 0
      // One long row is no reason to keep so much for ever.
      if (memory.length > 8 * blockBytes) memory = Buffer.allocUnsafe(2 * blockBytes)
      return bytes
    },
  }
}
