import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { IdempotencyKeyReusedError } from '../../idempotency/idempotency.errors.ts'
import { assertMayAttempt, attemptOf, recordFailure, recordSuccess } from '../../limits/attempts.ts'
import { callerOf } from '../../plugins/access.ts'
import { auditOf } from '../../plugins/audit.ts'
import { UnauthorizedError } from '../../plugins/auth.errors.ts'
import { problem } from '../../plugins/openapi.responses.ts'
import type { UserRow } from '../users/new-user.ts'
import { hashPassword, verifyPassword } from '../users/passwords.ts'
import { checkPasswordRules } from '../users/passwords.rules.ts'
import { WrongPasswordError } from './me.errors.ts'
import { PasswordChange } from './me.schemas.ts'

const tags = ['Access']

/** POST of a new password. */
const routes: FastifyPluginCallbackTypebox = (app, _options, done) => {
  app.post(
    '/',
    {
      config: { access: { who: 'user', scope: 'session' }, action: 'password.change' },
      schema: {
        tags,
        summary: 'Change my password',
        description:
          'All other sessions of the user end, and links for a new password are good no more. API tokens go on.',
        body: PasswordChange,
        response: {
          204: { type: 'null', description: 'Changed' },
          400: problem('`common_password`, or of another length'),
          403: problem('`wrong_password`: the current one is another'),
          429: problem('`too_many_attempts`: see `Retry-After`'),
        },
      },
    },
    async (request, reply) => {
      const { userId, sessionId } = callerOf(request)
      const { current, new: wanted } = request.body
      const user = await app.storage.users.byId(userId)
      if (!user) throw new UnauthorizedError()
      checkPasswordRules(wanted, user)
      // Not the count of logins: strangers who fail there do not keep him from this.
      const attempt = attemptOf({ kind: 'password', account: userId })
      // The first one changed what the current password is.
      if (await reply.answerAgain()) return reply
      await assertMayAttempt(app.storage.limits, attempt)
      const was = user.passwordHash
      if (!(await verifyPassword(was, current)) || was === null) {
        await refuse(request, user)
        throw new WrongPasswordError()
      }

      const becomes = await hashPassword(wanted)
      try {
        return await reply.change({ alone: attempt.locks }, async (tx) => {
          await recordSuccess(tx.limits, attempt)
          const at = new Date().toISOString()
          const replaced = await tx.passwords.replace({ userId, was, becomes, at })
          if (!replaced) throw new WrongPasswordError()
          const sessionsEnded = await tx.sessions.endAll(userId, sessionId ?? undefined)
          return { status: 204, audited: { object: objectOf(user), details: { sessionsEnded } } }
        })
      } catch (error) {
        if (betraysPassword(error)) await refuse(request, user)
        throw error
      }
    },
  )

  /** Counts a wrong password, and tells the audit log. Raises what `recordFailure` does. */
  async function refuse(request: FastifyRequest, user: UserRow): Promise<void> {
    const attempt = attemptOf({ kind: 'password', account: user.id })
    await app.storage.unitOfWork({ evenFrozen: true, alone: attempt.locks }, async (tx) => {
      await recordFailure(tx.limits, attempt)
      await tx.audit.add(auditOf(request, { outcome: 'refused', object: objectOf(user) }))
    })
  }

  done()
}

export default routes

function objectOf({ id, username }: UserRow) {
  return { kind: 'user', id, name: username }
}

/** Tells whether a refusal of the unit says that the password was right: it costs a guess. */
function betraysPassword(error: unknown): boolean {
  return error instanceof IdempotencyKeyReusedError || error instanceof WrongPasswordError
}
