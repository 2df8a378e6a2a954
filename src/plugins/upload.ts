import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { createByteBudget } from '../byte-budget.ts'
import { BodyTooLargeError, readBody } from '../http/body.ts'
import { multipartOverhead, readDocumentPart } from '../http/multipart.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Reads a body of at most `maxBytes`, once there is memory for it, and runs `use`; what `use` is given is memory of
     * its own. Until then the body waits at its sender's. Raises 413 without reading on, and 503 when too many wait.
     */
    receive: <Result>(
      request: FastifyRequest,
      maxBytes: number,
      use: (body: Uint8Array<ArrayBuffer>) => Promise<Result>,
    ) => Promise<Result>
  }
}

const mebibyte = 2 ** 20

/** A body is in memory twice for a moment, as it came and compressed; so are its parts. */
const budget = { bytes: 32 * mebibyte, queueMax: 200, waitMs: 10_000 }

/** What the smallest body costs. */
const leastBytes = 64 * 1024

export interface UploadOptions {
  /** What every sender has, before it counts how fast he is. */
  patienceMs?: number
  /** The slowest that is waited for: a megabit a second. */
  bytesPerSecond?: number
}

/**
 * Takes large bodies, as many at a time as the memory of a small instance has room for. That memory is set aside while
 * a body comes: whoever sends too slowly is cut off, for the others who wait.
 */
export default fp<UploadOptions>(
  (app, { patienceMs = 10_000, bytesPerSecond = 128 * 1024 }, done) => {
    const memory = createByteBudget(budget)

    app.decorate('receive', async (request, maxBytes, use) => {
      const contentType = request.headers['content-type'] ?? ''
      const multipart = /^\s*multipart\/form-data\b/i.test(contentType)
      const most = multipart ? maxBytes + multipartOverhead : maxBytes
      const expected = lengthOf(request)
      if (expected !== undefined && expected > most) throw new BodyTooLargeError(maxBytes)

      const need = Math.max(expected ?? most, leastBytes) * (multipart ? 2 : 1)
      return memory.use(need, departureOf(request), async () => {
        const ms = patienceMs + ((expected ?? most) / bytesPerSecond) * 1000
        const timer = setTimeout(() => request.raw.socket.destroy(), ms)
        const body = await readBody(bodyOf(request), { expected, maxBytes: most }).finally(() =>
          clearTimeout(timer),
        )
        return use(multipart ? await readDocumentPart(body, { contentType, maxBytes }) : body)
      })
    })
    done()
  },
  { name: 'upload', dependencies: ['errors'] },
)

/** Lets a plugin's routes have bodies of these media types as they come, for `receive`, and no others. */
export function takeBodiesUnread(app: FastifyInstance, types: (string | RegExp)[]): void {
  app.removeAllContentTypeParsers()
  for (const type of types) {
    app.addContentTypeParser(type, (_request, payload, ready) => ready(null, payload))
  }
}

function lengthOf({ headers }: FastifyRequest): number | undefined {
  const length = headers['content-length']
  return length === undefined ? undefined : Number(length)
}

/** What the parser above passes on; nothing when there was no body. */
function bodyOf({ body }: FastifyRequest): Readable {
  return body instanceof Readable ? body : Readable.from([])
}

/** Aborted when the sender goes away. */
function departureOf({ raw }: FastifyRequest): AbortSignal {
  const departure = new AbortController()
  raw.once('close', () => departure.abort())
  return departure.signal
}
