import { Type } from 'typebox'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { callerOf } from '../../plugins/access.ts'
import { UnauthorizedError } from '../../plugins/auth.errors.ts'
import { problem } from '../../plugins/openapi.responses.ts'
import type { Repositories } from '../../storage.ts'
import { quotaOf } from '../specs/quota.ts'
import { explainTaken, foldEmail, type UserRow } from '../users/new-user.ts'
import { Me, ProfileChanges } from './me.schemas.ts'

const tags = ['Access']

/** GET and PATCH of the caller's own account. */
const routes: FastifyPluginCallbackTypebox = (app, _options, done) => {
  app.addSchema(Me)

  app.get(
    '/',
    {
      config: { access: { who: 'user', scope: 'any' } },
      schema: {
        tags,
        summary: 'Who am I, and how much may I have?',
        response: { 200: Type.Ref('Me') },
      },
    },
    async (request, reply) => {
      const user = await app.storage.users.byId(callerOf(request).userId)
      if (!user) throw new UnauthorizedError()
      return reply.send(await viewOf(app.storage, user))
    },
  )

  app.patch(
    '/',
    {
      config: { access: { who: 'user', scope: 'session' }, action: 'user.update_self' },
      schema: {
        tags,
        summary: 'Change my e-mail address',
        body: ProfileChanges,
        response: { 200: Type.Ref('Me'), 409: problem('`email_taken`') },
      },
    },
    async (request, reply) => {
      const { userId } = callerOf(request)
      const email = foldEmail(request.body.email ?? null)
      return reply.change({}, async (tx) => {
        const at = new Date().toISOString()
        const user = await tx.profiles.setEmail({ userId, email, at }).catch(explainTaken)
        if (!user) throw new UnauthorizedError()
        return {
          status: 200,
          body: await viewOf(tx, user),
          audited: {
            object: { kind: 'user', id: user.id, name: user.username },
            details: { fields: 'email' },
          },
        }
      })
    },
  )

  /** The user with his quota, and without the hash. */
  async function viewOf(storage: Pick<Repositories, 'quotas'>, user: UserRow) {
    const quota = await quotaOf(storage, user.id, app.config.quota)
    return { ...user, passwordHash: undefined, quota }
  }

  done()
}

export default routes
