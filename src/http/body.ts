import createError from '@fastify/error'
import type { Readable } from 'node:stream'

/** Says what is the most. */
export const BodyTooLargeError = createError(
  'body_too_large',
  'The body is larger than %s bytes.',
  413,
)

/** What is set aside for a body that does not say how long it is. */
const firstBytes = 64 * 1024

/**
 * Reads a body into one piece of memory of its own, which may be handed to another thread. Raises `BodyTooLargeError`
 * as soon as there is more than `maxBytes`, and leaves the rest unread.
 */
export async function readBody(
  body: Readable,
  { expected = firstBytes, maxBytes }: { expected?: number | undefined; maxBytes: number },
): Promise<Uint8Array<ArrayBuffer>> {
  let buffer = new ArrayBuffer(Math.min(expected, maxBytes))
  let length = 0
  // Destroyed, it would take the connection with it before the answer.
  for await (const chunk of body.iterator({ destroyOnReturn: false })) {
    const piece = chunk as Buffer
    const end = length + piece.length
    if (end > maxBytes) throw new BodyTooLargeError(maxBytes)
    if (end > buffer.byteLength) {
      buffer = buffer.transfer(Math.min(Math.max(end, buffer.byteLength * 2), maxBytes))
    }
    new Uint8Array(buffer).set(piece, length)
    length = end
  }
  return new Uint8Array(length === buffer.byteLength ? buffer : buffer.transfer(length))
}
