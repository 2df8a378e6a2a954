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
      const { raw } = request
      if (raw.headers['content-length'] === undefined && !raw.headers['transfer-encoding']) {
        return done()
      }
      const large = request.routeOptions.config.largeBody
      const timer = setTimeout(() => raw.socket.destroy(), large ? silenceMs : bodyMs)
      if (large) raw.on('data', () => timer.refresh()).pause()
      raw.once('end', () => clearTimeout(timer)).once('close', () => clearTimeout(timer))
      return done()
    })
    registered()
  },
  { name: 'body-timeout' },
)
