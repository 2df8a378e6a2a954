import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { FastifyReply } from 'fastify'
import fp from 'fastify-plugin'
import { takesGzip } from '../http/accept-encoding.ts'
import { lazy } from '../lazy.ts'
import { pagePolicy } from './security.ts'

const assets: Record<string, string> = {
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'swagger-ui.css': 'text/css; charset=utf-8',
  'favicon-32x32.png': 'image/png',
}

const folder = lazy(() =>
  dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json')),
)

/** Swagger UI over /openapi.json: its files from this service alone, nothing inline, nothing fetched elsewhere. */
export default fp(
  (app) => {
    const config = { access: { who: 'public' as const }, offline: true }
    const schema = { hide: true }

    app.get('/docs', { config, schema }, (_request, reply) => page(reply, 'text/html', html))
    app.get('/docs/start.js', { config, schema }, (_request, reply) =>
      page(reply, 'text/javascript', script),
    )
    for (const [name, type] of Object.entries(assets)) {
      const packed = lazy(async () => promisify(gzip)(await readFile(join(folder(), name))))
      app.get(`/docs/${name}`, { config, schema }, async (request, reply) => {
        // Pages that are sandboxed load them, too: to the browser those are of another origin.
        reply
          .header('cross-origin-resource-policy', 'cross-origin')
          .header('vary', 'accept-encoding')
        if (!takesGzip(request.headers['accept-encoding']))
          return page(reply, type, createReadStream(join(folder(), name)))
        return page(reply.header('content-encoding', 'gzip'), type, await packed())
      })
    }
  },
  { name: 'docs', dependencies: ['openapi', 'security'] },
)

function page(reply: FastifyReply, type: string, content: unknown) {
  return reply
    .header('content-security-policy', pagePolicy)
    .header('cache-control', 'public, max-age=3600')
    .type(type.includes('charset') || type.startsWith('image') ? type : `${type}; charset=utf-8`)
    .send(content)
}

const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Holdfast: the API</title>
<link rel="icon" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<div id="docs"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</html>
`

const script = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#docs', deepLinking: true, validatorUrl: null })
`
