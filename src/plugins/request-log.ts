import fp from 'fastify-plugin'

/**
 * Each request's id, which the audit log has, too, and one log line when it was answered: an allow-list of fields, never
 * a query, body or header.
 */
export default fp(
  (app) => {
    app.decorateRequest('problemCode', null)
    app.addHook('onRequest', (request, reply, done) => {
      reply.header('x-request-id', request.id)
      reply.header('x-trace-id', request.id)
      done()
    })

    if (!['trace', 'debug', 'info'].includes(app.log.level)) return
    app.addHook('onResponse', (request, reply, done) => {
      if (!request.routeOptions.config.quiet) {
        request.log.info(
          {
            method: request.method,
            route: request.routeOptions.url,
            status: reply.statusCode,
            ms: Math.round(reply.elapsedTime * 10) / 10,
            ip: request.ip,
            ...(request.problemCode !== null && { code: request.problemCode }),
            ...(request.caller && { userId: request.caller.userId }),
          },
          'answered',
        )
      }
      done()
    })
  },
  { name: 'request-log' },
)

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Not logged: probes would drown everything else. */
    quiet?: boolean
  }
}

const validId = /^[A-Za-z0-9._-]{1,64}$/

/** Keeps a valid `X-Request-Id` that came with the request, and makes one otherwise. */
export function requestId(raw: { headers: Record<string, string | string[] | undefined> }): string {
  const given = raw.headers['x-request-id']
  return typeof given === 'string' && validId.test(given) ? given : crypto.randomUUID()
}
