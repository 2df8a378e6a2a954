import { Type } from 'typebox'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { anyText, decodeCursor, encodeCursor } from '../../http/cursor.ts'
import { nextLink } from '../../http/link.ts'
import { callerOf } from '../../plugins/access.ts'
import { problem } from '../../plugins/openapi.responses.ts'
import { assertMayManage, assertStillAdmin, userLock } from './administrators.ts'
import { foldUsername, newUser } from './new-user.ts'
import { storeUser } from './store-user.ts'
import { UserNotFoundError } from './users.errors.ts'
import { auditedUser, shownUser } from './user.ts'
import { ManagedUser, NewUser, UserPage, UserParams, UserQuery } from './users.schemas.ts'

const tags = ['Access']
const managed = { who: 'admin', scope: 'users:manage' } as const

/** GET the list, GET one, POST, for administrators. */
const routes: FastifyPluginCallbackTypebox = (app, _options, done) => {
  for (const schema of [ManagedUser, UserPage]) app.addSchema(schema)

  app.get(
    '/users',
    {
      config: { access: managed },
      schema: {
        tags,
        summary: 'List users',
        description: 'By username.',
        querystring: UserQuery,
        response: { 200: Type.Ref('UserPage') },
      },
    },
    async (request, reply) => {
      const { q, role, status, limit, cursor } = request.query
      const beginning = q === undefined ? undefined : foldUsername(q)
      const list = `users ${JSON.stringify([beginning, role, status])}`
      const rows = await app.storage.users.list({
        ...(beginning !== undefined && { beginning }),
        ...(role && { role }),
        ...(status && { status }),
        ...(cursor !== undefined && { after: decodeCursor(list, cursor, [anyText])[0] as string }),
        limit: limit + 1,
      })
      const items = rows.slice(0, limit)
      const last = rows.length > limit ? items.at(-1) : undefined
      const nextCursor = last ? encodeCursor(list, [last.username]) : null
      if (nextCursor !== null) reply.header('link', nextLink(request.url, nextCursor))
      return { items: items.map(shownUser), nextCursor }
    },
  )

  app.get(
    '/users/:id',
    {
      config: { access: { ...managed, object: 'every' } },
      schema: {
        tags,
        summary: 'Read a user',
        params: UserParams,
        response: { 200: Type.Ref('ManagedUser'), 404: problem('Missing') },
      },
    },
    async (request) => {
      const user = await app.storage.users.byId(request.params.id)
      if (!user) throw new UserNotFoundError()
      return shownUser(user)
    },
  )

  app.post(
    '/users',
    {
      config: { access: managed, action: 'user.create' },
      schema: {
        tags,
        summary: 'Create a user',
        body: NewUser,
        response: {
          201: Type.Ref('ManagedUser'),
          403: problem('No administrator; `session_required`: an API token makes none'),
          409: problem('`username_taken` or `email_taken`'),
        },
      },
    },
    async (request, reply) => {
      const { role = 'member', ...given } = request.body
      const caller = callerOf(request)
      assertMayManage(caller, role)
      const user = await newUser({ ...given, role })
      return reply.change({ alone: [userLock(caller.userId)] }, async (tx) => {
        await assertStillAdmin(tx, caller)
        await storeUser(tx, user)
        return {
          status: 201,
          headers: { location: `/api/users/${user.id}` },
          body: shownUser(user),
          audited: {
            object: auditedUser(user),
            details: { role: user.role },
          },
        }
      })
    },
  )

  done()
}

export default routes
