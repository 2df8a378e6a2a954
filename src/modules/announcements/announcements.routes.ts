import { Type } from 'typebox'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { changesOf } from '../../audit/changes.ts'
import { decodeCursor, encodeCursor } from '../../http/cursor.ts'
import { assertIfMatch, isKnown, revisionTag } from '../../http/etag.ts'
import { nextLink } from '../../http/link.ts'
import { callerOf } from '../../plugins/access.ts'
import { ForbiddenError } from '../../plugins/auth.errors.ts'
import { problem } from '../../plugins/openapi.responses.ts'
import {
  audiencesOf,
  changedAnnouncement,
  isEditor,
  isVisible,
  newAnnouncement,
} from './announcement.ts'
import { AnnouncementNotFoundError } from './announcements.errors.ts'
import type { AnnouncementRow, Place } from './announcements.repository.ts'
import {
  Announcement,
  AnnouncementChanges,
  AnnouncementPage,
  AnnouncementParams,
  ListQuery,
  NewAnnouncement,
} from './announcements.schemas.ts'

const tags = ['Announcements']
const missing = { 404: problem('Missing, or not for the caller to know of') }
const stale = { 412: problem('Changed since the revision of If-Match') }

/** GET the list, GET one; POST, PATCH and DELETE for editors. */
const routes: FastifyPluginCallbackTypebox = (app, _options, done) => {
  app.addSchema(Announcement)
  app.addSchema(AnnouncementPage)

  app.get(
    '/',
    {
      config: { access: { who: 'guest', scope: 'any' } },
      schema: {
        tags,
        summary: 'List announcements',
        description:
          'Pinned ones first, then by `startsAt`, or `createdAt` where it is null, newest first.',
        querystring: ListQuery,
        response: { 200: Type.Ref('AnnouncementPage') },
      },
    },
    async (request, reply) => {
      const { active, audience, limit, cursor } = request.query
      if (!active) assertEditor(request)
      const list = `announcements ${active} ${audience ?? ''}`
      const visible = audiencesOf(request.caller)
      const rows = await app.storage.announcements.list({
        audiences: audience === undefined ? visible : visible.filter((one) => one === audience),
        ...(active && { now: new Date().toISOString() }),
        ...(cursor !== undefined && { after: placeOf(list, cursor) }),
        limit: limit + 1,
      })
      const items = rows.slice(0, limit)
      const last = rows.length > limit ? items.at(-1) : undefined
      const nextCursor = last ? cursorAfter(list, last) : null
      if (nextCursor !== null) reply.header('link', nextLink(request.url, nextCursor))
      return { items, nextCursor }
    },
  )

  app.get(
    '/:id',
    {
      config: { access: { who: 'guest', scope: 'any', object: 'visible' } },
      schema: {
        tags,
        summary: 'Read an announcement',
        params: AnnouncementParams,
        response: { 200: Type.Ref('Announcement'), 304: { type: 'null' }, ...missing },
      },
    },
    async (request, reply) => {
      const row = await app.storage.announcements.byId(request.params.id)
      if (!row || !isVisible(row, request.caller, new Date().toISOString())) {
        throw new AnnouncementNotFoundError()
      }
      const tag = revisionTag(row)
      const known = request.headers['if-none-match']
      reply.header('etag', tag)
      if (known !== undefined && isKnown(known, tag)) return reply.code(304).send(null)
      return reply.send(row)
    },
  )

  app.post(
    '/',
    {
      config: {
        access: { who: 'editor', scope: 'announcements:write' },
        action: 'announcement.create',
      },
      bodyLimit: 256 * 1024,
      schema: {
        tags,
        summary: 'Publish an announcement',
        body: NewAnnouncement,
        response: { 201: Type.Ref('Announcement') },
      },
    },
    async (request, reply) => {
      const row = newAnnouncement(request.body, callerOf(request).userId)
      return reply.change({}, async (tx) => {
        await tx.announcements.create(row)
        const location = `/api/announcements/${row.id}`
        return {
          status: 201,
          headers: { location, etag: revisionTag(row) },
          body: row,
          audited: { object: audited(row) },
        }
      })
    },
  )

  app.patch(
    '/:id',
    {
      config: {
        access: { who: 'editor', scope: 'announcements:write', object: 'every' },
        action: 'announcement.update',
      },
      bodyLimit: 256 * 1024,
      schema: {
        tags,
        summary: 'Change an announcement',
        params: AnnouncementParams,
        body: AnnouncementChanges,
        response: { 200: Type.Ref('Announcement'), ...missing, ...stale },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      return reply.change({ alone: [['announcement', id]] }, async (tx) => {
        const row = await tx.announcements.byId(id)
        if (!row) throw new AnnouncementNotFoundError()
        assertIfMatch(request.headers['if-match'], row)
        const changed = changedAnnouncement(row, request.body)
        const updated = await tx.announcements.update(changed, row.revision)
        if (!updated) throw new AnnouncementNotFoundError()
        return {
          status: 200,
          headers: { etag: revisionTag(changed) },
          body: changed,
          audited: {
            object: audited(changed),
            details: changesOf(row, changed, {
              fields: Object.keys(request.body),
              told: ['audience', 'pinned'],
            }),
          },
        }
      })
    },
  )

  app.delete(
    '/:id',
    {
      config: {
        access: { who: 'editor', scope: 'announcements:write', object: 'every' },
        action: 'announcement.delete',
      },
      schema: {
        tags,
        summary: 'Delete an announcement',
        params: AnnouncementParams,
        response: { 204: { type: 'null', description: 'Deleted' }, ...missing, ...stale },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      return reply.change({ alone: [['announcement', id]] }, async (tx) => {
        const row = await tx.announcements.byId(id)
        if (!row) throw new AnnouncementNotFoundError()
        assertIfMatch(request.headers['if-match'], row)
        await tx.announcements.remove(id, row.revision)
        return { status: 204, audited: { object: audited(row) } }
      })
    },
  )

  done()
}

export default routes

/** The announcement as the audit log names it. */
function audited({ id, title }: AnnouncementRow) {
  return { kind: 'announcement', id, name: title }
}

function assertEditor(request: FastifyRequest): void {
  if (!isEditor(callerOf(request))) throw new ForbiddenError()
}

function cursorAfter(list: string, row: AnnouncementRow): string {
  return encodeCursor(list, [row.pinned, row.startsAt ?? row.createdAt, row.id])
}

function placeOf(list: string, cursor: string): Place {
  const [pinned, shownAt, id] = decodeCursor(list, cursor, [true, '2026-11-20T10:03:21.123Z', ''])
  return { pinned: pinned as boolean, shownAt: shownAt as string, id: id as string }
}
