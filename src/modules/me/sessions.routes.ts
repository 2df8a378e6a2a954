import { Type } from 'typebox'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { decodeCursor, encodeCursor } from '../../http/cursor.ts'
import { nextLink } from '../../http/link.ts'
import { callerOf } from '../../plugins/access.ts'
import { problem } from '../../plugins/openapi.responses.ts'
import { sessionLifetime } from '../../session.lifetime.ts'
import { SessionNotFoundError } from './me.errors.ts'
import { MySession, MySessionPage, SessionParams, SessionQuery } from './me.schemas.ts'

const tags = ['Access']
const list = 'my sessions'

/** GET the caller's own sessions, DELETE one. */
const routes: FastifyPluginCallbackTypebox = (app, _options, done) => {
  app.addSchema(MySession)
  app.addSchema(MySessionPage)

  app.get(
    '/',
    {
      config: { access: { who: 'user', scope: 'session' } },
      schema: {
        tags,
        summary: 'List my sessions',
        description: 'Those that are not over, the newest first.',
        querystring: SessionQuery,
        response: { 200: Type.Ref('MySessionPage') },
      },
    },
    async (request, reply) => {
      const { userId, sessionId } = callerOf(request)
      const { limit, cursor } = request.query
      const now = Date.now()
      const rows = await app.storage.sessions.list({
        userId,
        now: new Date(now).toISOString(),
        idleSince: new Date(now - sessionLifetime.idle).toISOString(),
        ...(cursor !== undefined && { after: placeOf(cursor) }),
        limit: limit + 1,
      })
      const items = rows.slice(0, limit).map((row) => ({ ...row, current: row.id === sessionId }))
      const last = rows.length > limit ? items.at(-1) : undefined
      const nextCursor = last ? encodeCursor(list, [last.id]) : null
      if (nextCursor !== null) reply.header('link', nextLink(request.url, nextCursor))
      return { items, nextCursor }
    },
  )

  app.delete(
    '/:id',
    {
      config: { access: { who: 'user', scope: 'session', object: 'own' }, action: 'session.end' },
      schema: {
        tags,
        summary: 'End a session of mine',
        description: 'Its token is dead on the next request, on every instance.',
        params: SessionParams,
        response: {
          204: { type: 'null', description: 'Ended' },
          404: problem('No session of the caller'),
        },
      },
    },
    async (request, reply) => {
      const { userId } = callerOf(request)
      const { id } = request.params
      // Also when writes are frozen: a session that was stolen does not wait.
      return reply.change({ evenFrozen: true }, async (tx) => {
        const ended = await tx.sessions.endOwn(id, userId)
        if (!ended) throw new SessionNotFoundError()
        return { status: 204, audited: { object: { kind: 'session', id } } }
      })
    },
  )

  done()
}

export default routes

function placeOf(cursor: string): string {
  const [id] = decodeCursor(list, cursor, [''])
  return id as string
}
