import type { FastifyRequest } from 'fastify'

/** What a request is counted under: the route's pattern, or `unknown` for a path that nobody serves. */
export function patternOf(request: FastifyRequest): string {
  if (request.is404) return 'unknown'
  const { url = '' } = request.routeOptions
  return url.length > 1 && url.endsWith('/') ? url.slice(0, -1) : url
}

/** The route's method and pattern, or `unknown`; at most 200 characters. */
export function routeOf(request: FastifyRequest): string {
  const { method } = request.routeOptions
  const name = request.is404 ? 'unknown' : `${[method].flat().join(',')} ${patternOf(request)}`
  return name.slice(0, 200)
}
