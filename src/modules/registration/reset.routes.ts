import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { problem } from '../../plugins/openapi.responses.ts'
import { hashToken, isTokenShaped } from '../../tokens.ts'
import { userLock } from '../users/administrators.ts'
import { checkPasswordRules } from '../users/passwords.rules.ts'
import { hashPassword } from '../users/passwords.ts'
import { setPassword } from '../users/resets.ts'
import { auditedUser } from '../users/user.ts'
import { ResetInvalidError } from '../users/users.errors.ts'
import { PasswordReset } from './registration.schemas.ts'

const routes: FastifyPluginCallbackTypebox = (app, _options, done) => {
  app.post(
    '/reset',
    {
      config: { access: { who: 'public' }, action: 'password.reset' },
      schema: {
        tags: ['Access'],
        summary: 'Set a new password by a reset',
        description: 'Once. All sessions of the user end.',
        body: PasswordReset,
        response: {
          204: { type: 'null', description: 'The password is set' },
          410: problem('`reset_invalid`: used, over, or never there'),
        },
      },
    },
    async (request, reply) =>
      reply.unlessRepeated(async () => {
        const { token, password } = request.body
        const tokenHash = isTokenShaped('reset', token) ? hashToken(token) : ''
        const user = await app.storage.resets.userOf(tokenHash, new Date().toISOString())
        if (!user) throw new ResetInvalidError()
        checkPasswordRules(password, user)
        const passwordHash = await hashPassword(password)
        return reply.change({ alone: [userLock(user.id)] }, async (tx) => {
          const now = new Date().toISOString()
          const there = await tx.resets.userOf(tokenHash, now)
          if (!there || !(await tx.resets.take(tokenHash, now))) throw new ResetInvalidError()
          await setPassword(tx, there, passwordHash)
          return { status: 204, audited: { object: auditedUser(there) } }
        })
      }),
  )

  done()
}

export default routes
