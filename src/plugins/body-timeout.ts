import type { FastifyRequest, onSendHookHandler, preParsingHookHandler } from 'fastify'
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

/** An answer before the end of a large body: what is still to come is not waited for. */
const leaveTheRest: onSendHookHandler = (request, reply, payload, done) => {
  if (!request.raw.complete) reply.header('connection', 'close')
  done(null, payload)
}

function hasBody({ raw: { headers } }: FastifyRequest): boolean {
  return Number(headers['content-length']) > 0 || headers['transfer-encoding'] !== undefined
}

function cutOffAfter({ raw }: FastifyRequest, ms: number): NodeJS.Timeout {
  const timer = setTimeout(() => raw.socket.destroy(), ms)
  const stop = () => clearTimeout(timer)
  raw.once('end', stop).once('close', stop)
  return timer
}
