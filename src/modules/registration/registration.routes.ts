import { Type } from 'typebox'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import {
  assertMayAttempt,
  attemptOf,
  recordFailure,
  recordSuccess,
  type Attempt,
} from '../../limits/attempts.ts'
import { problem } from '../../plugins/openapi.responses.ts'
import { hashToken } from '../../tokens.ts'
import { foldUsername } from '../users/new-user.ts'
import { auditedUser, shownUser } from '../users/user.ts'
import { User } from '../users/users.schemas.ts'
import { admit, assertOpen, prepare } from './register.ts'
import { Registration } from './registration.schemas.ts'
import { createTurns } from './turns.ts'

const routes: FastifyPluginCallbackTypebox = (app, _options, done) => {
  app.addSchema(User)
  const inTurn = createTurns()

  app.post(
    '/register',
    {
      config: { access: { who: 'public' }, action: 'user.register' },
      schema: {
        tags: ['Access'],
        summary: 'Register',
        description: 'As `REGISTRATION` allows: anybody, with an invite, or not at all.',
        body: Registration,
        response: {
          201: Type.Ref('User'),
          403: problem('`registration_closed` or `invite_required`'),
          409: problem('`username_taken` or `email_taken`'),
          410: problem('`invite_invalid`, whatever is wrong with it'),
          429: problem('`too_many_attempts` of this address, or for this name'),
        },
      },
    },
    async (request, reply) => {
      const { body } = request
      assertOpen(app.config.registration, body)
      const attempt = attemptOf({
        kind: 'register',
        account: foldUsername(body.username),
        address: request.ip,
        perMinute: app.config.rateLimits.logins,
      })
      reply.header('cache-control', 'no-store')
      // Hashing is what is limited: a repetition needs none.
      if (await reply.answerAgain()) return reply
      await assertMayAttempt(app.storage.limits, attempt)
      const turn = body.invite === undefined ? undefined : hashToken(body.invite)
      try {
        return await reply.unlessRepeated(() =>
          inTurn(turn, async () => {
            const applicant = await prepare(app.storage, body)
            const alone = [...applicant.locks, ...attempt.locks]
            return reply.change({ alone }, async (tx) => {
              await recordSuccess(tx.limits, attempt)
              await admit(tx, applicant, body)
              const { user, invitation } = applicant
              return {
                status: 201,
                body: shownUser(user),
                audited: {
                  object: auditedUser(user),
                  details: { role: user.role, invite: invitation?.id ?? null },
                },
              }
            })
          }),
        )
      } catch (error) {
        if (isRefusal(error)) await countFailure(attempt)
        throw error
      }
    },
  )

  function countFailure(attempt: Attempt): Promise<void> {
    return app.storage.unitOfWork({ alone: attempt.locks }, (tx) =>
      recordFailure(tx.limits, attempt),
    )
  }

  done()
}

export default routes

/** A name that is taken, an invite that is no good: what one learns by trying. */
function isRefusal(error: unknown): boolean {
  const { statusCode } = error as { statusCode?: number }
  return statusCode === 409 || statusCode === 410
}
