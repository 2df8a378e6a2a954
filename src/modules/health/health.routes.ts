import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { Health, Status } from './health.schemas.ts'
import { healthOf, isReady } from './health.ts'

const config = {
  access: { who: 'public' as const },
  limit: false as const,
  offline: true,
  quiet: true,
}
const tags = ['Health']

/** None of them asks the database: a probe neither wakes it nor waits for it. */
const routes: FastifyPluginCallbackTypebox = (app, _options, done) => {
  app.get(
    '/live',
    {
      config,
      schema: { tags, summary: 'Does the process turn?', response: { 200: Status } },
    },
    () => ({ status: 'ok' }),
  )

  app.get(
    '/ready',
    {
      config,
      schema: {
        tags,
        summary: 'May traffic come?',
        description: '503 until the schema is proven, and while the database last failed.',
        response: { 200: Status, 503: Status },
      },
    },
    async (_request, reply) => {
      if (isReady(app)) return reply.send({ status: 'ok' })
      return reply.code(503).header('retry-after', '1').send({ status: 'not ready' })
    },
  )

  app.get(
    '/',
    {
      config,
      schema: {
        tags,
        summary: 'How is the service?',
        description:
          '503 until it was ready for the first time; afterwards always 200, `degraded` while the database fails, or ' +
          'is a file on a disk that will be wiped: neither is a reason to restart the instance.',
        response: { 200: Health, 503: Health },
      },
    },
    async (_request, reply) => {
      const health = healthOf(app)
      if (health.status === 'starting')
        return reply.code(503).header('retry-after', '1').send(health)
      return reply.send(health)
    },
  )

  done()
}

export default routes
