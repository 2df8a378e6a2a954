import type { FastifyPluginCallback } from 'fastify'
import { assetPath } from '../pages/assets.ts'
import { shell, shellPolicy } from '../pages/shell.ts'
import { content } from './home.page.ts'

const config = { access: { who: 'public' as const }, offline: true }
const schema = { hide: true }

/** The page that someone sees who opens the service's address in a browser. */
const routes: FastifyPluginCallback = (app, _options, done) => {
  app.get('/', { config, schema }, async (_request, reply) =>
    reply
      .header('content-security-policy', shellPolicy)
      .header('cache-control', 'no-cache')
      .type('text/html; charset=utf-8')
      .send(shell({ title: 'Holdfast', style: await assetPath('style.css'), content })),
  )
  done()
}

export default routes
