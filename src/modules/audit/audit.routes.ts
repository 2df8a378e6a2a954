import { Type } from 'typebox'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { nextLink } from '../../http/link.ts'
import { cursorAfter, filterOf, placeIn, shownEntry } from './audit.request.ts'
import { AuditEntry, AuditPage, AuditQuery } from './audit.schemas.ts'

/** What was done, by whom and on what: for administrators, who cannot change it either. */
const routes: FastifyPluginCallbackTypebox = (app, _options, done) => {
  app.addSchema(AuditEntry)
  app.addSchema(AuditPage)

  app.get(
    '/',
    {
      config: { access: { who: 'admin', scope: 'ops:read' } },
      schema: {
        tags: ['Operations'],
        summary: 'Read the audit log',
        description:
          'The newest first. `actor`, `object` and a whole `action` have an index; the other filters are looked for ' +
          'among at most 100,000 entries at a time, so that a page may hold fewer than `limit` and yet have a ' +
          '`nextCursor`: narrow it by `from` and `to`, or go on. Refusals come in within a minute, alike ones as ' +
          'one entry with a `count`.',
        querystring: AuditQuery,
        response: { 200: Type.Ref('AuditPage') },
      },
    },
    async (request, reply) => {
      const { limit, cursor, ...asked } = request.query
      const filter = filterOf(asked)
      const after = cursor === undefined ? undefined : placeIn(filter, cursor)
      const { rows, end } = await app.storage.audit.list(filter, limit + 1, after)
      const items = rows.slice(0, limit)
      const last = rows.length > limit ? items.at(-1) : end
      const nextCursor = last ? cursorAfter(filter, last) : null
      if (nextCursor !== null) reply.header('link', nextLink(request.url, nextCursor))
      return { items: items.map(shownEntry), nextCursor }
    },
  )

  done()
}

export default routes
