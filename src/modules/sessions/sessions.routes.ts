import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { assertMayAttempt, attemptOf, recordSuccess } from '../../limits/attempts.ts'
import { callerOf } from '../../plugins/access.ts'
import { problem } from '../../plugins/openapi.responses.ts'
import { idempotencyKeyOf } from '../../plugins/unit-of-work.ts'
import type { Repositories } from '../../storage.ts'
import { hashToken } from '../../tokens.ts'
import { foldUsername } from '../users/new-user.ts'
import { authenticate, betraysPassword, refuseLogin } from './login.ts'
import { newSession } from './session.ts'
import { InvalidCredentialsError } from './sessions.errors.ts'
import { Credentials, Session } from './sessions.schemas.ts'

const tags = ['Access']

const routes: FastifyPluginCallbackTypebox = (app, _options, done) => {
  app.post(
    '/login',
    {
      config: { access: { who: 'public' }, action: 'session.create' },
      schema: {
        tags,
        summary: 'Log in',
        description:
          'The token dies after 30 days, or a day without use. A session of the same user whose token comes with the ' +
          'request ends: the new one takes its place. After 5 failures an account takes no attempts for a minute, ' +
          'then twice as long after each further one, up to an hour; sessions that are there go on.',
        body: Credentials,
        response: {
          200: Session,
          401: problem('`invalid_credentials`, whatever was wrong'),
          429: problem('`too_many_attempts`: see `Retry-After`'),
        },
      },
    },
    async (request, reply) => {
      const username = foldUsername(request.body.username)
      const attempt = attemptOf({
        kind: 'login',
        account: username,
        address: request.ip,
        perMinute: app.config.rateLimits.logins,
      })
      // A refusal for its form comes before the password is known to be right.
      idempotencyKeyOf(request)
      await assertMayAttempt(app.storage.limits, attempt)
      const user = await app.storage.users.byUsername(username)
      const refuse = () => refuseLogin(app.storage, request, { attempt, user })
      const found = await authenticate(user, request.body.password)
      if (!found) {
        await refuse()
        request.log.info('login refused')
        throw new InvalidCredentialsError()
      }

      const { id, username: name } = found.user
      const session = newSession({
        userId: id,
        address: request.ip,
        client: request.headers['user-agent'],
      })
      const former = tokenOf(request)
      reply.header('cache-control', 'no-store')
      // Also when writes are frozen: someone has to be able to thaw them.
      const unit = { evenFrozen: true, alone: attempt.locks }
      try {
        return await reply.change(unit, async (tx) => {
          await recordSuccess(tx.limits, attempt)
          const confirmed = await tx.passwords.confirm({ userId: id, ...found })
          if (!confirmed) throw new InvalidCredentialsError()
          if (former !== undefined) await tx.sessions.endByToken(hashToken(former), id)
          await tx.sessions.create(session.row)
          return {
            status: 200,
            body: {
              token: session.token,
              expiresAt: session.row.expiresAt,
              user: { ...found.user, passwordHash: undefined },
            },
            audited: { actor: { kind: 'user', id, name, credentialId: session.row.id } },
          }
        })
      } catch (error) {
        if (betraysPassword(error)) await refuse()
        throw error
      }
    },
  )

  app.post(
    '/logout',
    {
      config: { access: { who: 'user', scope: 'session' }, action: 'session.end' },
      schema: {
        tags,
        summary: 'Log out',
        description:
          'The token is dead on the next request, on every instance; a repetition, under an Idempotency-Key too, gets 401.',
        response: { 204: { type: 'null', description: 'Logged out' } },
      },
    },
    async (request, reply) => {
      const { sessionId } = callerOf(request)
      const logout = async (tx: Repositories) => {
        if (sessionId !== null) await tx.sessions.end(sessionId)
        return { status: 204 }
      }
      // The session is all that tells one logout from another: under the key of the one, the other did not happen.
      return reply.change({ evenFrozen: true }, logout, sessionId ?? undefined)
    },
  )

  done()
}

export default routes

/** What came as a token, whatever it is. */
function tokenOf({ headers }: FastifyRequest): string | undefined {
  return /^Bearer +([^\s]+)$/i.exec(headers.authorization ?? '')?.[1]
}
