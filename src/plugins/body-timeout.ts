import type { IncomingMessage } from 'node:http'
import type { FastifyRequest, onSendAsyncHookHandler, preParsingHookHandler } from 'fastify'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Takes large bodies: only a sender that falls silent is cut off. */
    largeBody?: boolean
  }
}

export interface BodyTimeoutOptions {
  /** For a whole body. */
  bodyMs?: number
  /** Between two pieces of a large one. */
  silenceMs?: number
}

/**
 * Cuts off whoever sends his body a byte at a time. Node's own requestTimeout has one value for every route, and an
 * import may take minutes.
 */
export default fp<BodyTimeoutOptions>(
  (app, { bodyMs = 15_000, silenceMs = 60_000 }, registered) => {
    app.addHook('onRequest', (request, _reply, done) => {
      if (!hasBody(request)) return done()
      // Nobody reads what comes with a GET, and what is not read never ends.
      if (request.method === 'GET' || request.method === 'HEAD') request.raw.resume()
      if (!request.routeOptions.config.largeBody) cutOffAfter(request, bodyMs)
      return done()
    })

    // Of the routes that take large bodies alone: others pay nothing for them.
    app.addHook('onRoute', (route) => {
      if (!route.config?.largeBody) return
      route.preParsing = [route.preParsing ?? [], cutOffSilence].flat()
      route.onSend = [route.onSend ?? [], leaveTheRest].flat()
    })

    /** Not before parsing: from here on the body is read, and what is refused earlier is thrown away by Node. */
    const cutOffSilence: preParsingHookHandler = (request, _reply, payload, done) => {
      if (hasBody(request)) {
        const timer = cutOffAfter(request, silenceMs)
        payload.on('data', () => timer.refresh()).pause()
      }
      done(null, payload)
    }
    registered()
  },
  { name: 'body-timeout' },
)

/** What is still to come of a body when its answer is known, in bytes and in milliseconds, is waited for so long. */
const rest = { bytes: 16 * 2 ** 20, ms: 3_000 }

/**
 * An answer before the end of a large body. Many clients read none before they have sent everything, and see nothing
 * but a broken connection then: what is not too much is taken and thrown away first.
 */
const leaveTheRest: onSendAsyncHookHandler = async (request, reply, payload) => {
  const { raw } = request
  if (!raw.complete && !(await isSkipped(raw))) reply.header('connection', 'close')
  return payload
}

/** Reads a body to its end, and throws it away. False when that is too much, or takes too long. */
function isSkipped(raw: IncomingMessage): Promise<boolean> {
  if (raw.readableEnded || raw.destroyed) return Promise.resolve(raw.readableEnded)
  if (Number(raw.headers['content-length']) > rest.bytes) return Promise.resolve(false)
  return new Promise((resolve) => {
    let bytes = 0
    const timer = setTimeout(() => settle(false), rest.ms)
    const settle = (skipped: boolean) => {
      clearTimeout(timer)
      raw.pause().off('data', count).off('end', ended).off('close', gone)
      resolve(skipped)
    }
    const count = ({ length }: Buffer) => {
      bytes += length
      if (bytes > rest.bytes) settle(false)
    }
    const ended = () => settle(true)
    const gone = () => settle(false)
    raw.on('data', count).once('end', ended).once('close', gone).resume()
  })
}

function hasBody({ raw: { headers } }: FastifyRequest): boolean {
  return Number(headers['content-length']) > 0 || headers['transfer-encoding'] !== undefined
}

function cutOffAfter({ raw }: FastifyRequest, ms: number): NodeJS.Timeout {
  const timer = setTimeout(() => raw.destroy(), ms)
  const stop = () => clearTimeout(timer)
  raw.once('end', stop).once('close', stop)
  return timer
}
