import { createHash } from 'node:crypto'
import { Type } from 'typebox'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { decodeCursor, encodeCursor, InvalidCursorError } from '../../../http/cursor.ts'
import { isKnown } from '../../../http/etag.ts'
import { nextLink } from '../../../http/link.ts'
import { problem } from '../../../plugins/openapi.responses.ts'
import { useOutline } from '../outlines.ts'
import { VersionNotFoundError } from '../specs.errors.ts'
import { VersionParams } from '../specs.schemas.ts'
import { Operation, OperationPage, OperationsQuery } from './operations.schemas.ts'
import { findOperations } from './operations.search.ts'
import { readableVersion } from '../readable-version.ts'

const routes: FastifyPluginCallbackTypebox = (app, _options, done) => {
  app.addSchema(Operation)
  app.addSchema(OperationPage)

  app.get(
    '/:slug/versions/:version/operations',
    {
      config: { access: { who: 'guest', scope: 'specs:read', object: 'visible' } },
      schema: {
        tags: ['Specs'],
        summary: 'List the operations of a version',
        description:
          'In the order of the document. They are known of a withdrawn version, too. The ETag is that of the document.',
        params: VersionParams,
        querystring: OperationsQuery,
        response: {
          200: Type.Ref('OperationPage'),
          304: { type: 'null' },
          404: problem('Missing, or not for the caller to know of'),
        },
      },
    },
    async (request, reply) => {
      const { q, limit, cursor } = request.query
      const { version } = await readableVersion(app.storage, {
        ...request.params,
        caller: request.caller,
      })
      const sha256 = version.documentId
      const tag = `"${sha256}"`
      reply.header('etag', tag)
      const known = request.headers['if-none-match']
      if (known !== undefined && isKnown(known, tag)) return reply.code(304).send(null)

      const list = nameOf(sha256, q)
      const from = cursor === undefined ? 0 : placeOf(list, cursor)
      const found = await useOutline(app.storage.documents, sha256, ({ operations }) =>
        findOperations(operations, { q, from, limit: limit + 1 }),
      )
      if (!found) throw new VersionNotFoundError()
      const next = found[limit]
      const nextCursor = next ? encodeCursor(list, [next.at]) : null
      if (nextCursor !== null) reply.header('link', nextLink(request.url, nextCursor))
      return reply.send({
        items: found.slice(0, limit).map(({ operation }) => operation),
        nextCursor,
      })
    },
  )

  done()
}

export default routes

/** What its cursors call a list: short, however long the query is. */
function nameOf(sha256: string, q = ''): string {
  return createHash('sha256').update(`operations ${sha256} ${q}`).digest('base64url')
}

/** Raises `InvalidCursorError`. */
function placeOf(list: string, cursor: string): number {
  const [at] = decodeCursor(list, cursor, [0])
  if (!Number.isSafeInteger(at) || Number(at) < 0) throw new InvalidCursorError()
  return Number(at)
}
