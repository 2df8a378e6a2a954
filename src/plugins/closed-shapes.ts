import createError from '@fastify/error'
import fp from 'fastify-plugin'

const NoBody = createError('invalid_request', 'This route takes no body.', 400)

const nothing = { type: 'object', additionalProperties: false, properties: {} }

/** A route that declares no query or no body takes none: a misspelt `dryRun` must not be a real run. */
export default fp(
  (app) => {
    app.addHook('onRoute', ({ schema }) => {
      if (schema && !schema.hide) schema.querystring ??= nothing
    })
    app.addHook('preValidation', (request, _reply, done) => {
      const { schema, config } = request.routeOptions
      const unexpected = schema && !schema.body && !config.largeBody && !isEmpty(request.body)
      done(unexpected ? new NoBody() : undefined)
    })
  },
  { name: 'closed-shapes' },
)

function isEmpty(body: unknown): boolean {
  if (body === undefined || body === null) return true
  return typeof body === 'object' && Object.keys(body).length === 0
}

declare module 'fastify' {
  interface FastifySchema {
    /** Left out of the API's description, and free in what it takes. */
    hide?: boolean
  }
}
