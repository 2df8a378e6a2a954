import { createGzip } from 'node:zlib'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { auditOf } from '../../plugins/audit.ts'
import { exportStream } from '../../portability/export/stream.ts'
import { auditExport } from './audited.ts'
import { ExportDocument, ExportQuery } from './portability.schemas.ts'

const routes: FastifyPluginCallbackTypebox = (app, _options, done) => {
  app.get(
    '/export',
    {
      config: {
        access: { who: 'admin', scope: 'backup:read', backupToken: true },
        action: 'data.export',
        limit: 'exports',
      },
      schema: {
        tags: ['Export and import'],
        summary: 'Export everything',
        description:
          'One consistent state, whatever is being written meanwhile; a stream that breaks has no `footer`. ' +
          'The same data gives the same bytes on either engine. Also open to the bearer of BACKUP_TOKEN.',
        querystring: ExportQuery,
        response: {
          200: {
            description: 'The document: one row a line',
            content: { 'application/json': { schema: ExportDocument } },
          },
        },
      },
    },
    async (request, reply) => {
      const gzipped = takesGzip(request.headers['accept-encoding'] ?? '')
      const time = new Date().toISOString().replaceAll(/[:.]/g, '-')
      reply.headers({
        'content-type': 'application/json; charset=utf-8',
        'content-disposition': `attachment; filename="holdfast-${time}.json"`,
        'cache-control': 'no-store',
        'x-holdfast-instance': app.proof()?.instanceId ?? '',
        'x-holdfast-engine': app.database.engine,
        vary: 'Accept-Encoding',
        ...(gzipped && { 'content-encoding': 'gzip' }),
      })
      // Fastify answers HEAD by this handler too, and would read the whole export to throw it away.
      if (request.method === 'HEAD') return reply.send()

      const history = request.query.include === 'history'
      const { caller } = request
      const details = { history, gzip: gzipped }
      const actor = caller ? {} : { actor: { kind: 'backup_token' as const } }
      await auditExport(app.storage, auditOf(request, { ...actor, details }), request.log)
      const document = exportStream(app.database, {
        secretKeys: app.config.secretKeys,
        history,
      })
      // A client that goes away takes the snapshot with it.
      reply.raw.once('close', () => document.destroy())
      if (!gzipped) return reply.send(document)
      const gzip = createGzip({ level: 6 })
      document.once('error', (error) => gzip.destroy(error))
      gzip.once('close', () => document.destroy())
      return reply.send(document.pipe(gzip))
    },
  )

  done()
}

export default routes

/** RFC 9110, 12.5.3: a coding is refused by a weight of 0. */
function takesGzip(header: string): boolean {
  const [, parameters] = /(?:^|,)\s*gzip\s*(;[^,]*)?(?:,|$)/i.exec(header) ?? ['', ';q=0']
  return !/;\s*q=0(?:\.0*)?\s*$/i.test(parameters ?? '')
}
