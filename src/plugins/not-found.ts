import fp from 'fastify-plugin'
import { pathOf } from '../http/path.ts'
import { sendProblem } from './problem.ts'

/** 404 for a path that nobody serves, 405 with Allow for one that is served by other methods. */
export default fp(
  (app) => {
    const served: { pattern: RegExp; method: string }[] = []

    app.addHook('onRoute', (route) => {
      const pattern = new RegExp(
        `^${route.url.replaceAll('.', '\\.').replace(/:[^/]+/g, '[^/]+')}/?$`,
      )
      for (const method of [route.method].flat()) served.push({ pattern, method })
    })

    app.setNotFoundHandler((request, reply) => {
      const path = pathOf(request.url)
      const methods = served.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method)
      const allow = [...new Set(methods)].join(', ')
      if (allow === '' || methods.includes(request.method)) {
        return sendProblem(request, reply, {
          status: 404,
          code: 'not_found',
          detail: 'There is nothing at this address.',
        })
      }
      return sendProblem(request, reply, {
        status: 405,
        code: 'method_not_allowed',
        detail: `This address takes ${allow}.`,
        headers: { allow },
      })
    })
  },
  { name: 'not-found', dependencies: ['errors'] },
)
