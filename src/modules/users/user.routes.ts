import { Type } from 'typebox'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { changesOf } from '../../audit/changes.ts'
import { callerOf } from '../../plugins/access.ts'
import { auditOf } from '../../plugins/audit.ts'
import { problem } from '../../plugins/openapi.responses.ts'
import { assertMayManage, assertStillAdmin, userLock } from './administrators.ts'
import { changeUser, locksOfChange } from './change-user.ts'
import { deleteUser } from './delete-user.ts'
import { actsOnSpecs, detailsOf } from './deletion.audit.ts'
import { foldEmail } from './new-user.ts'
import { issueReset } from './resets.ts'
import { auditedUser, shownUser } from './user.ts'
import { ContradictoryDeletionError, UserNotFoundError } from './users.errors.ts'
import {
  DeletionQuery,
  IssuedReset,
  ManagedUser,
  UserChanges,
  UserParams,
} from './users.schemas.ts'

const tags = ['Access']
const managed = { who: 'admin', scope: 'users:manage', object: 'every' } as const
const missing = { 404: problem('Missing') }
const byToken = '`session_required`: an API token, of an administrator'

/** One user, for administrators: PATCH, DELETE, and a reset of the password. */
const routes: FastifyPluginCallbackTypebox = (app, _options, done) => {
  for (const schema of [ManagedUser, IssuedReset]) app.addSchema(schema)

  app.patch(
    '/users/:id',
    {
      config: { access: managed, action: 'user.update' },
      schema: {
        tags,
        summary: 'Change a user',
        description:
          'A disabled user is shut out on the next request, with all that he let others in by.',
        params: UserParams,
        body: UserChanges,
        response: {
          200: Type.Ref('ManagedUser'),
          ...missing,
          403: problem(`No administrator; ${byToken}`),
          409: problem('`last_admin` or `email_taken`'),
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { body } = request
      const caller = callerOf(request)
      foldEmail(body.email ?? null)
      const alone = [...locksOfChange(id, body), userLock(caller.userId)]
      return reply.change({ alone }, async (tx) => {
        await assertStillAdmin(tx, caller)
        const { before, user } = await changeUser(tx, id, body)
        for (const { role } of [before, user]) assertMayManage(caller, role)
        return {
          status: 200,
          body: shownUser(user),
          audited: {
            object: auditedUser(user),
            details: changesOf(before, user, {
              fields: Object.keys(body),
              told: ['role', 'status'],
            }),
          },
        }
      })
    },
  )

  app.delete(
    '/users/:id',
    {
      config: { access: managed, action: 'user.delete' },
      schema: {
        tags,
        summary: 'Delete a user',
        description:
          'Announcements go to `transferTo`, else to the administrator who deletes. Sessions, tokens and invites end.',
        params: UserParams,
        querystring: DeletionQuery,
        response: {
          204: { type: 'null', description: 'Deleted' },
          ...missing,
          403: problem(
            `No administrator; ${byToken}; or \`quota_exceeded\`: \`transferTo\` has no room for the specs`,
          ),
          409: problem('`owns_specs` or `last_admin`'),
        },
      },
    },
    async (request, reply) => {
      const { id: userId } = request.params
      const { transferTo, specs } = request.query
      if (transferTo !== undefined && specs) throw new ContradictoryDeletionError()
      const caller = callerOf(request)
      const heir = caller.userId === userId ? undefined : caller.userId
      const deletion = { userId, transferTo, specs, heir, quota: app.config.quota }
      return deleteUser(app.storage, deletion, ({ alone, ...options }, deleteIn) =>
        reply.change({ ...options, alone: [...alone, userLock(caller.userId)] }, async (tx) => {
          await assertStillAdmin(tx, caller)
          const deleted = await deleteIn(tx)
          assertMayManage(caller, deleted.user.role)
          for (const act of actsOnSpecs(deleted)) await tx.audit.add(auditOf(request, act))
          const audited = { object: auditedUser(deleted.user), details: detailsOf(deleted) }
          return { status: 204, audited }
        }),
      )
    },
  )

  app.post(
    '/users/:id/reset',
    {
      config: { access: managed, action: 'user.reset' },
      schema: {
        tags,
        summary: 'Let a user set a new password',
        description: 'Within 30 minutes. Older resets and all of his sessions end now.',
        params: UserParams,
        response: {
          201: Type.Ref('IssuedReset'),
          ...missing,
          403: problem(`No administrator; ${byToken}`),
          409: problem('`user_disabled`'),
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const caller = callerOf(request)
      return reply.change({ alone: [userLock(id), userLock(caller.userId)] }, async (tx) => {
        await assertStillAdmin(tx, caller)
        const user = await tx.users.byId(id)
        if (!user) throw new UserNotFoundError()
        assertMayManage(caller, user.role)
        const body = await issueReset(tx, user, app.config.publicUrl)
        return { status: 201, body, audited: { object: auditedUser(user) } }
      })
    },
  )

  done()
}

export default routes
