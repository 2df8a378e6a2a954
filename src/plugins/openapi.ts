import swagger from '@fastify/swagger'
import fp from 'fastify-plugin'
import { lazy } from '../lazy.ts'
import { version } from '../version.ts'
import { Problem } from '../http/schemas.ts'
import { describeRoute } from './openapi.responses.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The schema of a body that the route reads by itself. */
    describedBody?: object
  }
}

/** Collects every route's schemas and serves them as OpenAPI 3.1 at /openapi.json. */
export default fp(
  async (app) => {
    app.addSchema(Problem)
    app.addHook('onRoute', describeRoute)
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.1',
        info: {
          title: 'Holdfast',
          version,
          description:
            'A marketplace of API descriptions, announcements and users on SQLite or PostgreSQL, kept safe.',
          license: { name: 'MIT', identifier: 'MIT' },
        },
        tags: [
          { name: 'Health' },
          { name: 'Access' },
          { name: 'Announcements' },
          { name: 'Specs' },
          { name: 'Export and import' },
          { name: 'Operations' },
        ],
        components: {
          securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
        },
      },
      // Bodies that are read as they come are described, and not held against a schema by the framework.
      transform: ({ schema, url, route }) => {
        const body = route.config?.describedBody
        return { schema: body ? { ...schema, body } : schema, url }
      },
      refResolver: {
        buildLocalReference: (json, _base, _fragment, index) => {
          return typeof json.$id === 'string' ? json.$id : `schema-${index}`
        },
      },
    })

    const document = lazy(() => JSON.stringify(app.swagger()))
    app.get(
      '/openapi.json',
      { config: { access: { who: 'public' }, offline: true }, schema: { hide: true } },
      (_request, reply) => reply.type('application/json').send(document()),
    )
  },
  { name: 'openapi' },
)
