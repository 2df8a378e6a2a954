import type { FastifyPluginCallback } from 'fastify'
import { pagePolicy } from '../../plugins/security.ts'
import { page, style } from './home.page.ts'

const config = { access: { who: 'public' as const }, offline: true }
const schema = { hide: true }

/** The page that someone sees who opens the service's address in a browser. */
const routes: FastifyPluginCallback = (app, _options, done) => {
  app.get('/', { config, schema }, (_request, reply) =>
    reply.header('content-security-policy', pagePolicy).type('text/html; charset=utf-8').send(page),
  )
  app.get('/style.css', { config, schema }, (_request, reply) =>
    reply
      .header('cache-control', 'public, max-age=3600')
      .type('text/css; charset=utf-8')
      .send(style),
  )
  done()
}

export default routes
