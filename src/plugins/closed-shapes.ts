import createError from '@fastify/error'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'

const NoBody = createError('invalid_request', 'This route takes no body.', 400)

const nothing = { type: 'object', additionalProperties: false, properties: {} }

/** A route that declares no query or no body takes none: a misspelt `dryRun` must not be a real run. */
export default fp(
  (app) => {
    app.addHook('onRoute', (route) => {
      const { schema, config, method } = route
      if (!schema || schema.hide) return
      schema.querystring ??= nothing
      // Fastify reads no body of a GET.
      if (method === 'GET' || method === 'HEAD' || schema.body || config?.largeBody) return
      route.preValidation = [route.preValidation ?? [], refuseBody].flat()
    })
  },
  { name: 'closed-shapes' },
)

function refuseBody(request: FastifyRequest, _reply: FastifyReply, done: (error?: Error) => void) {
  done(isEmpty(request.body) ? undefined : new NoBody())
}

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
