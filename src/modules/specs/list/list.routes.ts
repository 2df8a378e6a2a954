import { Type } from 'typebox'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { nextLink } from '../../../http/link.ts'
import type { Caller } from '../../../plugins/access.ts'
import { foldUsername } from '../../users/new-user.ts'
import { shownSpec, type FoundSpec } from '../spec.ts'
import { sharedSchemas } from '../specs.schemas.ts'
import { fitting, streamPage } from './list.content.ts'
import { assertContents, cursorAfter, listOf, placeIn, wantedBy } from './list.request.ts'
import { ListQuery } from './list.schemas.ts'

const ListedSpec = { $ref: 'ListedSpec#' }

/** The list of specs, and the search. */
const routes: FastifyPluginCallbackTypebox = (app, _options, done) => {
  for (const schema of sharedSchemas) app.addSchema(schema)

  app.get(
    '/',
    {
      config: { access: { who: 'guest', scope: 'specs:read' } },
      schema: {
        tags: ['Specs'],
        summary: 'List and search specs',
        description:
          'Those that the caller may see: public ones of which a version is out, and their own; editors see all.',
        querystring: ListQuery,
        response: { 200: Type.Ref('SpecPage') },
      },
    },
    async (request, reply) => {
      const { query } = request
      assertContents(query)
      const list = listOf(query)
      const found = await find(query, list, request.caller)
      const page = found.slice(0, query.limit)
      const specs = query.include ? fitting(page) : page
      const last = found.length > specs.length ? specs.at(-1) : undefined
      const nextCursor = last ? cursorAfter(list, last, query.sort) : null
      if (nextCursor !== null) reply.header('link', nextLink(request.url, nextCursor))
      if (!query.include) return { items: specs.map(shownSpec), nextCursor }

      const serialize = reply.compileSerializationSchema(ListedSpec)
      const contentOf = (sha256: string) => app.storage.documents.content(sha256)
      reply.type('application/json; charset=utf-8')
      return reply.send(streamPage({ specs, nextCursor, contentOf, serialize }))
    },
  )

  /** A page, and one spec more where there is one. Raises `InvalidParameterError`, `InvalidCursorError`. */
  async function find(query: ListQuery, list: string, caller: Caller | null): Promise<FoundSpec[]> {
    const { sort, limit, cursor, format, visibility } = query
    const after = cursor === undefined ? undefined : placeIn(list, cursor, sort)
    const wanted = wantedBy(query)
    const owner =
      query.owner === undefined
        ? undefined
        : await app.storage.users.byUsername(foldUsername(query.owner))
    if (wanted === 'nothing' || (query.owner !== undefined && !owner)) return []
    return app.storage.specList.list({
      sort,
      limit: limit + 1,
      reader: {
        all: caller?.role === 'editor' || caller?.role === 'admin',
        userId: caller?.userId ?? null,
      },
      ...(after && { after }),
      ...(owner && { ownerId: owner.id }),
      ...(visibility && { visibility }),
      ...(format && { format }),
      ...(wanted && { wanted }),
    })
  }

  done()
}

export default routes
