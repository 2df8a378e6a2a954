import { Type } from 'typebox'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { UnauthorizedError } from '../../plugins/auth.errors.ts'
import { problem } from '../../plugins/openapi.responses.ts'
import { explainTaken, newUser } from './new-user.ts'
import { NewUser, User } from './users.schemas.ts'

const tags = ['Access']

const routes: FastifyPluginCallbackTypebox = (app, _options, done) => {
  app.post(
    '/users',
    {
      config: { access: { who: 'admin', scope: 'users:manage' }, action: 'user.create' },
      schema: {
        tags,
        summary: 'Create a user',
        body: NewUser,
        response: {
          201: Type.Ref('User'),
          409: problem('`username_taken` or `email_taken`'),
        },
      },
    },
    async (request, reply) => {
      const { role, ...given } = request.body
      const user = await newUser({ ...given, role: role ?? 'member' })
      return reply.change({}, async (tx) => {
        await tx.users.create(user).catch(explainTaken)
        return {
          status: 201,
          body: { ...user, passwordHash: undefined },
          audited: {
            object: { kind: 'user', id: user.id, name: user.username },
            details: { role: user.role },
          },
        }
      })
    },
  )

  app.get(
    '/me',
    {
      config: { access: { who: 'user', scope: 'any' } },
      schema: { tags, summary: 'Who am I?', response: { 200: Type.Ref('User') } },
    },
    async (request, reply) => {
      const user = request.caller && (await app.storage.users.byId(request.caller.userId))
      if (!user) throw new UnauthorizedError()
      return reply.send(user)
    },
  )

  app.addSchema(User)
  done()
}

export default routes
