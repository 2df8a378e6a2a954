import { Type } from 'typebox'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { changesOf } from '../../audit/changes.ts'
import { assertIfMatch, isKnown, revisionTag } from '../../http/etag.ts'
import { problem } from '../../plugins/openapi.responses.ts'
import { callerOf } from '../../plugins/access.ts'
import { assertReadable, assertWritable, auditedSpec } from './access.ts'
import { alter } from './alter.ts'
import { remove } from './remove.ts'
import { slugLock, specLock } from './publish.ts'
import { reservedSlugs } from './slug.ts'
import { shownSpec } from './spec.ts'
import { SlugReservedError } from './specs.errors.ts'
import { sharedSchemas, SpecChanges, SpecParams } from './specs.schemas.ts'

const tags = ['Specs']
const missing = { 404: problem('Missing, or not for the caller to know of') }
const refusals = {
  ...missing,
  403: problem('A spec that the caller may see, and not change'),
  412: problem('Changed since the revision of If-Match'),
}

/** One spec: GET for whoever may see it; PATCH and DELETE for its owner, editors and administrators. */
const routes: FastifyPluginCallbackTypebox = (app, _options, done) => {
  for (const schema of sharedSchemas) app.addSchema(schema)

  app.get(
    '/:slug',
    {
      config: { access: { who: 'guest', scope: 'specs:read', object: 'visible' } },
      schema: {
        tags,
        summary: 'Read a spec',
        params: SpecParams,
        response: { 200: Type.Ref('Spec'), 304: { type: 'null' }, ...missing },
      },
    },
    async (request, reply) => {
      const found = await app.storage.specs.bySlug(request.params.slug)
      const spec = assertReadable(found, request.caller)
      const tag = revisionTag(spec)
      const known = request.headers['if-none-match']
      reply.header('etag', tag)
      if (known !== undefined && isKnown(known, tag)) return reply.code(304).send(null)
      return reply.send(shownSpec(spec))
    },
  )

  app.patch(
    '/:slug',
    {
      config: {
        access: { who: 'user', scope: 'specs:write', object: 'changeable' },
        action: 'spec.update',
      },
      schema: {
        tags,
        summary: 'Change a spec',
        description:
          'A title or summary that was changed stays; others follow the document of the latest version. After a ' +
          'change of the slug, the spec is found under the new one alone.',
        params: SpecParams,
        body: SpecChanges,
        response: { 200: Type.Ref('Spec'), ...refusals, 409: problem('`slug_taken`') },
      },
    },
    (request, reply) =>
      reply.unlessRepeated(async () => {
        const { body } = request
        const caller = callerOf(request)
        if (body.slug !== undefined && reservedSlugs.includes(body.slug)) {
          throw new SlugReservedError()
        }
        const { id } = assertWritable(await app.storage.specs.bySlug(request.params.slug), caller)
        const alone = [specLock(id), ...(body.slug === undefined ? [] : [slugLock(body.slug)])]
        return reply.change({ alone }, async (tx) => {
          const spec = assertWritable(await tx.specs.byId(id), caller)
          assertIfMatch(request.headers['if-match'], spec)
          const changed = await alter(tx, spec, body)
          return {
            status: 200,
            headers: { etag: revisionTag(changed) },
            body: shownSpec(changed),
            audited: {
              object: auditedSpec(changed),
              details: changesOf(spec, changed, {
                fields: Object.keys(body),
                told: ['visibility'],
              }),
            },
          }
        })
      }),
  )

  app.delete(
    '/:slug',
    {
      config: {
        access: { who: 'user', scope: 'specs:write', object: 'changeable' },
        action: 'spec.delete',
      },
      schema: {
        tags,
        summary: 'Delete a spec',
        description: 'With all of its versions, and the documents that no other spec has.',
        params: SpecParams,
        response: { 204: { type: 'null', description: 'Deleted' }, ...refusals },
      },
    },
    (request, reply) =>
      reply.unlessRepeated(async () => {
        const caller = callerOf(request)
        const { id } = assertWritable(await app.storage.specs.bySlug(request.params.slug), caller)
        return remove(app.storage, id, (alone, removeFrom) =>
          reply.change({ alone }, async (tx) => {
            const spec = assertWritable(await tx.specs.byId(id), caller)
            assertIfMatch(request.headers['if-match'], spec)
            await removeFrom(tx)
            return { status: 204, audited: { object: auditedSpec(spec) } }
          }),
        )
      }),
  )

  done()
}

export default routes
