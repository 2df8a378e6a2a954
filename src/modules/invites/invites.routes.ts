import { Type } from 'typebox'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { decodeCursor, encodeCursor } from '../../http/cursor.ts'
import { nextLink } from '../../http/link.ts'
import { callerOf, type Caller } from '../../plugins/access.ts'
import { problem } from '../../plugins/openapi.responses.ts'
import { createToken } from '../../tokens.ts'
import { assertMayManage } from '../users/administrators.ts'
import { inviteLock, newInvite } from './invite.ts'
import { InviteNotFoundError, InviteUsedError } from './invites.errors.ts'
import type { InvitePlace, InviteRow } from './invites.repository.ts'
import {
  Invite,
  InvitePage,
  InviteParams,
  InviteQuery,
  IssuedInvite,
  NewInvite,
} from './invites.schemas.ts'

const tags = ['Access']
const invites = { who: 'editor', scope: 'users:manage' } as const
const missing = { 404: problem('Missing, or not for the caller to know of') }

/** GET the list, POST, DELETE: for editors their own, for administrators all. */
const routes: FastifyPluginCallbackTypebox = (app, _options, done) => {
  for (const schema of [Invite, InvitePage, IssuedInvite]) app.addSchema(schema)

  app.get(
    '/',
    {
      config: { access: invites },
      schema: {
        tags,
        summary: 'List invites',
        description: 'The newest first. Editors see their own, administrators all.',
        querystring: InviteQuery,
        response: { 200: Type.Ref('InvitePage') },
      },
    },
    async (request, reply) => {
      const { limit, cursor } = request.query
      const caller = callerOf(request)
      const seen = caller.role === 'admin' ? {} : { createdBy: caller.userId }
      const list = `invites ${seen.createdBy ?? ''}`
      const rows = await app.storage.invites.list({
        ...seen,
        ...(cursor !== undefined && { after: placeOf(list, cursor) }),
        limit: limit + 1,
      })
      const items = rows.slice(0, limit)
      const last = rows.length > limit ? items.at(-1) : undefined
      const nextCursor = last ? encodeCursor(list, [last.createdAt, last.id]) : null
      if (nextCursor !== null) reply.header('link', nextLink(request.url, nextCursor))
      return { items, nextCursor }
    },
  )

  app.post(
    '/',
    {
      config: { access: invites, action: 'invite.create' },
      schema: {
        tags,
        summary: 'Invite somebody',
        description:
          'The token lets one person in, once. It is good as long as its inviter is active and may give the role.',
        body: NewInvite,
        response: {
          201: Type.Ref('IssuedInvite'),
          403: problem('A known caller without the right; `role_not_allowed`; `session_required`'),
        },
      },
    },
    async (request, reply) => {
      const token = createToken('invite')
      const caller = callerOf(request)
      assertMayManage(caller, request.body.role)
      const row = newInvite(request.body, { token, inviter: caller })
      const { publicUrl } = app.config
      return reply.change({}, async (tx) => {
        await tx.invites.create(row)
        const link = publicUrl === undefined ? {} : { link: `${publicUrl}/register#${token}` }
        return {
          status: 201,
          headers: { location: `/api/invites/${row.id}` },
          body: { ...row, tokenHash: undefined, token, ...link },
          audited: { object: audited(row), details: { role: row.role, bound: row.email !== null } },
        }
      })
    },
  )

  app.delete(
    '/:id',
    {
      config: { access: { ...invites, object: 'every' }, action: 'invite.revoke' },
      schema: {
        tags,
        summary: 'Withdraw an invite',
        params: InviteParams,
        response: {
          204: { type: 'null', description: 'Withdrawn' },
          ...missing,
          409: problem('`invite_used`'),
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const caller = callerOf(request)
      return reply.change({ alone: [inviteLock(id)] }, async (tx) => {
        const row = await tx.invites.byId(id)
        if (!row || !maySee(caller, row)) throw new InviteNotFoundError()
        if (row.usedAt !== null) throw new InviteUsedError()
        await tx.invites.remove(id)
        return { status: 204, audited: { object: audited(row) } }
      })
    },
  )

  done()
}

export default routes

function audited({ id }: InviteRow) {
  return { kind: 'invite', id }
}

function maySee({ role, userId }: Caller, { createdBy }: InviteRow): boolean {
  return role === 'admin' || createdBy === userId
}

function placeOf(list: string, cursor: string): InvitePlace {
  const [createdAt, id] = decodeCursor(list, cursor, ['2026-11-20T10:03:21.123Z', ''])
  return { createdAt: createdAt as string, id: id as string }
}
