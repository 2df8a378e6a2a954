import { tmpdir } from 'node:os'
import { Readable } from 'node:stream'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { problem } from '../../plugins/openapi.responses.ts'
import type { Act } from '../../audit/entry.ts'
import { auditOf } from '../../plugins/audit.ts'
import { explainReuse, idempotencyKeyOf, repeatOf } from '../../plugins/unit-of-work.ts'
import { applyImport, importUnit, type ApplyOptions } from '../../portability/import/apply/apply.ts'
import { checkImport } from '../../portability/import/import.ts'
import { applyAudited, type AuditedImport } from './audited.ts'
import { isWritable } from './data-folder.ts'
import { ConfirmReplaceError, explainImport, NoSafetyCopyError } from './portability.errors.ts'
import { ExportDocument, ImportHeaders, ImportQuery, ImportReport } from './portability.schemas.ts'

const routes: FastifyPluginCallbackTypebox = (app, _options, done) => {
  // The body is read as it comes, and told by its first bytes, not by what it calls itself.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    [
      'application/json',
      'application/gzip',
      'application/octet-stream',
      'application/x-www-form-urlencoded',
    ],
    (_request, payload, ready) => ready(null, payload),
  )

  app.post(
    '/import',
    {
      config: {
        access: { who: 'admin', scope: 'backup:write' },
        action: 'data.import',
        limit: 'exports',
        largeBody: true,
        describedBody: ExportDocument,
      },
      bodyLimit: app.config.importMaxBytes,
      schema: {
        tags: ['Export and import'],
        summary: 'Import an export',
        description:
          'All of it or nothing. The body is an export, gzipped or not, with any white space. It is read and ' +
          'checked whole while the service works on; then it is applied in one unit, and other writes are ' +
          'answered 503 `frozen` meanwhile.',
        querystring: ImportQuery,
        headers: ImportHeaders,
        response: {
          200: ImportReport,
          409: problem('`would_lock_out`, or `no_safety_copy`'),
          412: problem('`replace` without the instance’s id in X-Confirm-Replace'),
          413: problem('Larger than IMPORT_MAX_BYTES, before or after unpacking'),
          415: problem('A media type that this route does not take'),
          422: problem('What is wrong with the import; nothing of it was applied'),
        },
      },
    },
    async (request, reply) => {
      const { mode = 'merge', dryRun = false, onUserConflict, safetyCopy } = request.query
      const replace = mode === 'replace'
      const key = idempotencyKeyOf(request)
      if (replace) assertConfirmed(request)
      const folder = replace && safetyCopy !== 'none' ? await safeFolder() : undefined

      const checked = await checkImport(bodyOf(request), {
        folder: tmpdir(),
        maxBytes: app.config.importMaxBytes,
        secretKeys: app.config.secretKeys,
        log: request.log,
      }).catch(explainImport)
      try {
        await app.identifyAgain(request)
        const options: ApplyOptions = {
          mode,
          dryRun,
          mapUsers: onUserConflict === 'map',
          safetyCopy: folder,
          secretKeys: app.config.secretKeys,
        }
        const { database } = app
        if (dryRun) return await applyImport(database, checked, options).catch(explainImport)
        const audited = {
          database,
          checked,
          options,
          rowOf: (act: Pick<Act, 'details'>) => auditOf(request, act),
        }
        const { answer, repeated } =
          key === undefined ? await apply(audited) : await applyOnce(request, key, audited)
        if (repeated) reply.header('idempotent-replayed', 'true')
        else request.log.info({ report: answer }, 'imported')
        return answer
      } finally {
        await checked.dispose()
      }
    },
  )

  async function apply(audited: AuditedImport) {
    const answer = await app.database
      .unitOfWork(importUnit, (tx) => applyAudited(tx, audited))
      .catch(explainImport)
    return { answer, repeated: false }
  }

  /** The report is kept under the key in the import's own unit; a rehearsal has nothing to keep. */
  function applyOnce(request: FastifyRequest, key: string, audited: AuditedImport) {
    const { total, credentials } = audited.checked
    return app.storage
      .repeatableUnit(importUnit, repeatOf(request, key, { total, credentials }), (_, handle) =>
        applyAudited(handle, audited),
      )
      .catch(explainReuse)
      .catch(explainImport)
  }

  function assertConfirmed(request: FastifyRequest) {
    const confirmed = request.headers['x-confirm-replace']
    if (confirmed === undefined || confirmed !== app.proof()?.instanceId) {
      throw new ConfirmReplaceError()
    }
  }

  async function safeFolder(): Promise<string> {
    const { dataFolder, dataFolderLasts } = app.config
    if (!dataFolderLasts || !(await isWritable(dataFolder))) throw new NoSafetyCopyError()
    return dataFolder
  }

  done()
}

export default routes

/** What the parser above passes on. */
function bodyOf(request: FastifyRequest): AsyncIterable<Buffer> {
  return request.body instanceof Readable ? request.body : Readable.from([])
}
