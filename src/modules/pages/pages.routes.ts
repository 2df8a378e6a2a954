import { Type } from 'typebox'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { takesGzip } from '../../http/accept-encoding.ts'
import { assetNames, assetOfName, assetPath, pageNames, type PageName } from './assets.ts'
import { shell, shellPolicy } from './shell.ts'

const titles: Record<PageName, string> = {
  login: 'Log in – Holdfast',
  register: 'Register – Holdfast',
  reset: 'Set a new password – Holdfast',
  account: 'Your account – Holdfast',
  admin: 'Administration – Holdfast',
}

const config = { access: { who: 'public' as const }, offline: true }
const querystring = Type.Object({ v: Type.Optional(Type.String({ maxLength: 20 })) })

/** The pages about people, which are empty here: their scripts fill them by the API. And what they load. */
const routes: FastifyPluginCallbackTypebox = (app, _options, done) => {
  for (const name of pageNames)
    app.get(`/${name}`, { config, schema: { hide: true } }, async (_request, reply) =>
      reply
        .header('content-security-policy', shellPolicy)
        .header('cross-origin-opener-policy', 'same-origin')
        .header('cache-control', 'no-cache')
        .type('text/html; charset=utf-8')
        .send(
          shell({
            title: titles[name],
            style: await assetPath('style.css'),
            script: await assetPath(`${name}.js`),
            registration: app.config.registration,
          }),
        ),
    )

  for (const name of assetNames)
    app.get(
      `/assets/${name}`,
      { config, schema: { hide: true, querystring } },
      async (request, reply) => {
        const { type, content, packed, version } = await assetOfName(name)
        // While instances of two builds run, an address may be answered by the one that it is not of.
        const kept = request.query.v === version
        reply
          .header('cache-control', kept ? 'public, max-age=31536000, immutable' : 'no-cache')
          .header('vary', 'accept-encoding')
          .type(type)
        if (!takesGzip(request.headers['accept-encoding'])) return reply.send(content)
        return reply.header('content-encoding', 'gzip').send(packed)
      },
    )
  done()
}

export default routes
