import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { UnauthorizedError } from './auth.errors.ts'
import { createFixedTokenCheck } from './auth.fixed-token.ts'
import { measureDatabase, measureJobs } from '../metrics/database.ts'
import { measureProcess } from '../metrics/process.ts'
import { countRequests } from '../metrics/requests.ts'

/**
 * What Prometheus asks for, at /metrics, behind METRICS_TOKEN; without one there is no such route, and nothing of it
 * is loaded. It never asks the database.
 */
export default fp(
  async (app) => {
    const { metricsToken } = app.config
    if (metricsToken === undefined) return
    const isMetricsToken = createFixedTokenCheck(metricsToken)
    const client = (await import('@prometheus-io/client')).default
    const registry = new client.Registry()
    countRequests(app, client, registry)
    measureProcess(app, client, registry)
    measureDatabase(app, client, registry)
    measureJobs(app, client, registry)

    app.get(
      '/metrics',
      {
        config: { access: { who: 'public' }, offline: true, quiet: true, limit: false },
        schema: {
          tags: ['Operations'],
          summary: 'Figures of this process, for Prometheus',
          description: 'Needs METRICS_TOKEN as bearer. Never asks the database.',
          security: [{ token: [] }],
          response: {
            200: {
              description: 'the text format of Prometheus, version 0.0.4',
              content: { 'text/plain': { schema: { type: 'string' } } },
            },
          },
        },
      },
      async (request, reply) => {
        const token = bearerOf(request)
        if (token === undefined || !isMetricsToken(token)) throw new UnauthorizedError()
        reply.header('cache-control', 'no-store')
        return reply.type(registry.contentType).send(await registry.metrics())
      },
    )
  },
  { name: 'metrics', dependencies: ['storage', 'jobs'] },
)

function bearerOf({ headers }: FastifyRequest): string | undefined {
  return /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
}
