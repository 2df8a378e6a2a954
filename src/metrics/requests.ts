import type { Registry } from '@prometheus-io/client'
import type { FastifyInstance } from 'fastify'
import { patternOf } from '../usage/route.ts'

export type Client = typeof import('@prometheus-io/client')

/**
 * Counts answers and how long they took, by the route's pattern. Nobody can make up labels: unknown paths are one, and
 * Node lets only so many methods pass. Probes and the metrics themselves are left out.
 */
export function countRequests(app: FastifyInstance, client: Client, registry: Registry): void {
  const requests = new client.Counter({
    name: 'http_requests_total',
    help: 'Requests that were answered, by the class of the status.',
    labelNames: ['method', 'route', 'status'],
    registers: [registry],
  })
  const duration = new client.Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from a request to the last byte of its answer.',
    labelNames: ['method', 'route'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  })

  app.addHook('onResponse', (request, reply, done) => {
    if (request.routeOptions.config.quiet) return done()
    const { method } = request
    const route = patternOf(request)
    requests.inc({ method, route, status: `${Math.floor(reply.statusCode / 100)}xx` })
    duration.observe({ method, route }, reply.elapsedTime / 1000)
    return done()
  })
}
