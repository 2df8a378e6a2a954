import { Readable } from 'node:stream'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { auditOf } from '../../../plugins/audit.ts'
import { problem } from '../../../plugins/openapi.responses.ts'
import { takeBodiesUnread } from '../../../plugins/upload.ts'
import { idempotencyKeyOf } from '../../../plugins/unit-of-work.ts'
import { createSemaphore } from '../../../semaphore.ts'
import { limitedAmong, withinQuota } from '../allowance.ts'
import { ChangedMeanwhileError } from '../specs.errors.ts'
import { applyImport, findTargets, locksOfImport } from './bulk.apply.ts'
import { checkItem } from './bulk.item.ts'
import { readItems } from './bulk.reader.ts'
import { ImportBody, ImportReport, itemsMost } from './bulk.schemas.ts'

const mebibyte = 2 ** 20
const bodyBytes = 64 * mebibyte
/** How often an import begins anew when slugs came to name other specs before its unit began. */
const attempts = 3

const routes: FastifyPluginCallbackTypebox = (app, _options, done) => {
  takeBodiesUnread(app, ['application/json'])
  // All of its documents are in memory, packed, until they are stored.
  const turns = createSemaphore({ slots: 1, queueMax: 8, waitMs: 5000, what: 'an import of specs' })
  // A document grows in JSON: each quote and each line break has a backslash more.
  const limits = { bodyBytes, itemBytes: 2 * app.config.uploadMaxBytes + mebibyte }

  app.post(
    '/import',
    {
      config: {
        access: { who: 'user', scope: 'specs:write' },
        action: 'spec.import',
        limit: 'uploads',
        largeBody: true,
        describedBody: ImportBody,
      },
      bodyLimit: bodyBytes,
      schema: {
        tags: ['Specs'],
        summary: 'Import many specs',
        description:
          `All of them or none: at most ${itemsMost} items and 64 MiB, an array, or what \`GET /api/specs?include=content\` ` +
          'answers. A slug that is there gets a further version, if the caller may change that spec. One import is ' +
          'taken at a time.',
        response: {
          200: ImportReport,
          403: problem('`quota_exceeded`, of the owner of one of the specs; nothing was imported'),
          413: problem('Larger than 64 MiB'),
          415: problem('A media type that this route does not take'),
          422: problem('Which items are not taken and why, as `items`; nothing was imported'),
        },
      },
    },
    async (request, reply) => {
      idempotencyKeyOf(request)
      if (!turns.take()) await turns.wait()
      try {
        return await importSpecs(request, reply)
      } finally {
        turns.leave()
      }
    },
  )

  async function importSpecs(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const defaults = app.config.quota
    const body = request.body instanceof Readable ? request.body : Readable.from([])
    const items: Awaited<ReturnType<typeof checkItem>>[] = []
    const sha256 = await readItems(body, limits, async (item, index) => {
      items.push(await checkItem(item, index, (document) => app.descriptions.check(document)))
    })
    const caller = await app.identifyAgain(request)
    for (let attempt = 1; ; attempt++) {
      const targets = await findTargets(app.storage, items)
      const owners = [caller.userId, ...[...targets.values()].map(({ ownerId }) => ownerId)]
      const likely = await limitedAmong(app.storage, owners, defaults)
      try {
        return await withinQuota({ defaults, likely }, (locks, allowanceOf) => {
          const alone = [...locksOfImport(items, targets), ...locks]
          return reply.change(
            { alone, deadline: 'bulk' },
            async (tx) => {
              const allowance = allowanceOf(tx)
              const done = await applyImport(tx, { items, targets, caller, allowance })
              await tx.audit.addOnce(done.acts.map((act) => auditOf(request, act)))
              const details = { items: items.length, added: done.acts.length }
              return { status: 200, body: { items: done.items }, audited: { details } }
            },
            sha256,
          )
        })
      } catch (error) {
        if (!(error instanceof ChangedMeanwhileError) || attempt === attempts) throw error
      }
    }
  }

  app.addHook('onClose', () => turns.close(new Error('the service ends')))
  done()
}

export default routes
