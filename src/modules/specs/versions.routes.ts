import { Type } from 'typebox'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { decodeCursor, encodeCursor } from '../../http/cursor.ts'
import { nextLink } from '../../http/link.ts'
import { PageQuery } from '../../http/schemas.ts'
import { problem } from '../../plugins/openapi.responses.ts'
import { callerOf } from '../../plugins/access.ts'
import { assertReadable, assertWritable } from './access.ts'
import { specLock } from './publish.ts'
import { readableVersion, versionOf } from './readable-version.ts'
import { settle } from './settle.ts'
import { mayWrite } from './spec.ts'
import { sharedSchemas, SpecParams, VersionChanges, VersionParams } from './specs.schemas.ts'
import { assertForward, shownVersion } from './version.ts'

const tags = ['Specs']
const missing = { 404: problem('Missing, or not for the caller to know of') }

/** The versions of a spec: GET the list, GET one, PATCH its state. */
const routes: FastifyPluginCallbackTypebox = (app, _options, done) => {
  for (const schema of sharedSchemas) app.addSchema(schema)

  app.get(
    '/:slug/versions',
    {
      config: { access: { who: 'guest', scope: 'specs:read', object: 'visible' } },
      schema: {
        tags,
        summary: 'List the versions of a spec',
        description: 'The newest first. Drafts are there for those who may change the spec.',
        params: SpecParams,
        querystring: Type.Object(PageQuery, { additionalProperties: false }),
        response: { 200: Type.Ref('VersionPage'), ...missing },
      },
    },
    async (request, reply) => {
      const { limit, cursor } = request.query
      const found = await app.storage.specs.bySlug(request.params.slug)
      const spec = assertReadable(found, request.caller)
      const drafts = mayWrite(spec, request.caller)
      const list = `versions ${spec.id} ${drafts}`
      const rows = await app.storage.versions.list({
        specId: spec.id,
        drafts,
        ...(cursor !== undefined && { after: placeOf(list, cursor) }),
        limit: limit + 1,
      })
      const items = rows.slice(0, limit)
      const last = rows.length > limit ? items.at(-1) : undefined
      const nextCursor = last ? encodeCursor(list, [last.createdAt, last.id]) : null
      if (nextCursor !== null) reply.header('link', nextLink(request.url, nextCursor))
      return { items: items.map(shownVersion), nextCursor }
    },
  )

  app.get(
    '/:slug/versions/:version',
    {
      config: { access: { who: 'guest', scope: 'specs:read', object: 'visible' } },
      schema: {
        tags,
        summary: 'Read a version',
        params: VersionParams,
        response: { 200: Type.Ref('Version'), ...missing },
      },
    },
    async (request) => {
      const { slug, version } = request.params
      const found = await readableVersion(app.storage, { slug, version, caller: request.caller })
      return shownVersion(found.version)
    },
  )

  app.patch(
    '/:slug/versions/:version',
    {
      config: {
        access: { who: 'user', scope: 'specs:write', object: 'changeable' },
        action: 'version.update',
      },
      schema: {
        tags,
        summary: 'Change the state of a version',
        description:
          'draft → published → deprecated → withdrawn; steps may be left out, none goes back.',
        params: VersionParams,
        body: VersionChanges,
        response: {
          200: Type.Ref('Version'),
          ...missing,
          403: problem('A spec that the caller may see, and not change'),
          409: problem('`invalid_transition`'),
        },
      },
    },
    async (request, reply) => {
      const { slug, version } = request.params
      const { state } = request.body
      const caller = callerOf(request)
      const { id } = assertWritable(await app.storage.specs.bySlug(slug), caller)
      return reply.change({ alone: [specLock(id)] }, async (tx) => {
        const spec = assertWritable(await tx.specs.byId(id), caller)
        const found = await versionOf(tx, spec, { version, caller })
        if (found.state !== state) {
          assertForward(found.state, state)
          const { current } = await tx.versions.current(id)
          await tx.versions.setState(found.id, state)
          await settle(tx, spec, current)
        }
        return {
          status: 200,
          body: shownVersion({ ...found, state }),
          audited:
            found.state === state
              ? 'nothing'
              : {
                  object: { kind: 'spec', id, name: slug },
                  details: { version: found.version, from: found.state, to: state },
                },
        }
      })
    },
  )

  done()
}

export default routes

function placeOf(list: string, cursor: string): { createdAt: string; id: string } {
  const [createdAt, id] = decodeCursor(list, cursor, ['2026-11-20T10:03:21.123Z', ''])
  return { createdAt: createdAt as string, id: id as string }
}
