import diagnostics from 'node:diagnostics_channel'
import type { FastifyInstance, RouteOptions } from 'fastify'

/** Fastify tells of each application that is made, before anything is registered with it. */
const made = diagnostics.channel('fastify.initialization')

/** Runs `build`, and has `look` see each route that it declares, before any hook of the application does. */
export async function watchRoutes<Result>(
  look: (route: RouteOptions) => void,
  build: () => Promise<Result>,
): Promise<Result> {
  function watch(message: unknown) {
    const { fastify } = message as { fastify: FastifyInstance }
    fastify.addHook('onRoute', look)
  }
  made.subscribe(watch)
  try {
    return await build()
  } finally {
    made.unsubscribe(watch)
  }
}

/** As `GET /api/specs/:slug`, once for each method. */
export function namesOf({ method, url }: RouteOptions): string[] {
  return [method].flat().map((one) => `${one} ${url}`)
}
