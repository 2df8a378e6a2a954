import { Type } from 'typebox'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { tagPattern } from '../../../database/tables/spec.shapes.ts'
import { cursorAfter, listOf, placeIn, wantedBy } from '../list/list.request.ts'
import type { ListQuery } from '../list/list.schemas.ts'
import { InvalidParameterError } from '../specs.errors.ts'
import { indexPage, indexPagePolicy } from './index.page.ts'

const shown = 20

const querystring = Type.Object({
  q: Type.String({ maxLength: 100, default: '' }),
  tag: Type.Optional(Type.String({ pattern: tagPattern })),
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 800 })),
})

/** The newest specs, or those that a visitor searches for. */
const routes: FastifyPluginCallbackTypebox = (app, _options, done) => {
  app.get(
    '/specs',
    {
      config: { access: { who: 'guest', scope: 'specs:read' } },
      schema: { hide: true, querystring },
    },
    async (request, reply) => {
      const { tag, cursor } = request.query
      const q = request.query.q.trim()
      const query: ListQuery = {
        limit: shown,
        sort: 'new',
        // A single letter is none to search for, as in the API.
        ...(q.length > 1 && { q }),
        ...(tag !== undefined && { tag }),
      }
      const list = listOf(query)
      const wanted = wordsOf(query)
      const { caller } = request
      const found =
        wanted === 'nothing'
          ? []
          : await app.storage.specList.list({
              sort: query.sort,
              limit: shown + 1,
              reader: {
                all: caller?.role === 'editor' || caller?.role === 'admin',
                userId: caller?.userId ?? null,
              },
              ...(cursor !== undefined && { after: placeIn(list, cursor, query.sort) }),
              ...(wanted && { wanted }),
            })
      const specs = found.slice(0, shown)
      const last = found.length > shown ? specs.at(-1) : undefined
      const parameters = new URLSearchParams({
        ...(q !== '' && { q }),
        ...(tag !== undefined && { tag }),
        ...(last && { cursor: cursorAfter(list, last, query.sort) }),
      })
      return reply
        .header('content-security-policy', indexPagePolicy)
        .type('text/html; charset=utf-8')
        .send(indexPage({ q, tag, specs, next: last && `/specs?${parameters.toString()}` }))
    },
  )

  done()
}

export default routes

/** More words than may be asked for are too many for any spec. */
function wordsOf(query: ListQuery): ReturnType<typeof wantedBy> {
  try {
    return wantedBy(query)
  } catch (error) {
    if (error instanceof InvalidParameterError) return 'nothing'
    throw error
  }
}
