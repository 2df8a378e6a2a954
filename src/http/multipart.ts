import createError from '@fastify/error'
import { BodyTooLargeError } from './body.ts'

export const InvalidMultipartError = createError(
  'invalid_multipart',
  'A multipart/form-data body of this route is whole, and has exactly one part: `document`.',
  400,
)

/** What the lines around the one part may take. */
export const multipartOverhead = 16 * 1024

const part = 'document'

/**
 * The content of the one part of a multipart/form-data body, in memory of its own.
 * Raises `InvalidMultipartError`, `BodyTooLargeError`.
 */
export async function readDocumentPart(
  body: Uint8Array,
  { contentType, maxBytes }: { contentType: string; maxBytes: number },
): Promise<Uint8Array<ArrayBuffer>> {
  // Few send it; a service that nobody sends it to does not pay for it at its start.
  const { Busboy } = await import('@fastify/busboy')

  return new Promise((resolve, reject) => {
    const document = new Uint8Array(Math.min(body.length, maxBytes))
    let length = 0
    let parts = 0
    const refuse = () => reject(new InvalidMultipartError())
    try {
      const form = new Busboy({
        headers: { 'content-type': contentType },
        // Bytes, also where there is no file name: text would be decoded, and come out as other bytes.
        isPartAFile: () => true,
        limits: { parts: 2, files: 2, fields: 0, headerPairs: 20, fieldNameSize: 100 },
      })
      form.on('file', (name, stream) => {
        parts++
        if (name !== part || parts > 1) {
          stream.resume()
          return refuse()
        }
        stream.on('data', (chunk: Buffer) => {
          if (length + chunk.length > maxBytes) return reject(new BodyTooLargeError(maxBytes))
          document.set(chunk, length)
          length += chunk.length
        })
        // A part that does not end.
        return stream.on('error', refuse)
      })
      form.on('error', refuse).on('partsLimit', refuse).on('filesLimit', refuse)
      form.on('finish', () => {
        if (parts !== 1) return refuse()
        return resolve(document.slice(0, length))
      })
      form.end(body)
    } catch {
      refuse()
    }
  })
}
