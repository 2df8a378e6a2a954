import { randomUUIDv7 } from 'node:crypto'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { callerOf } from '../../plugins/access.ts'
import { problem } from '../../plugins/openapi.responses.ts'
import { createToken, hashToken } from '../../tokens.ts'
import { foldUsername } from '../users/new-user.ts'
import { verifyPassword } from '../users/passwords.ts'
import { InvalidCredentialsError } from './sessions.errors.ts'
import { Credentials, Session } from './sessions.schemas.ts'

const tags = ['Access']
const lifetimeMs = 30 * 24 * 60 * 60 * 1000

const routes: FastifyPluginCallbackTypebox = (app, _options, done) => {
  app.post(
    '/login',
    {
      config: { access: { who: 'public' }, action: 'session.create' },
      schema: {
        tags,
        summary: 'Log in',
        description: 'The token dies after 30 days, or a day without use.',
        body: Credentials,
        response: { 200: Session, 401: problem('`invalid_credentials`, whatever was wrong') },
      },
    },
    async (request, reply) => {
      const { username, password } = request.body
      const user = await app.storage.users.byUsername(foldUsername(username))
      const active = user?.status === 'active' ? user : undefined
      const right = await verifyPassword(active?.passwordHash, password)
      if (!active || !right) {
        request.log.info('login refused')
        throw new InvalidCredentialsError()
      }

      const token = createToken('session')
      const now = new Date()
      const expiresAt = new Date(now.getTime() + lifetimeMs).toISOString()
      reply.header('cache-control', 'no-store')
      request.log.info({ userId: active.id }, 'logged in')
      // Also when writes are frozen: someone has to be able to thaw them.
      return reply.change({ evenFrozen: true }, async (tx) => {
        await tx.sessions.create({
          id: randomUUIDv7(),
          userId: active.id,
          tokenHash: hashToken(token),
          createdAt: now.toISOString(),
          usedAt: now.toISOString(),
          expiresAt,
          address: request.ip,
          client: request.headers['user-agent']?.slice(0, 200) ?? null,
        })
        return {
          status: 200,
          body: { token, expiresAt, user: { ...active, passwordHash: undefined } },
          audited: {
            actor: { kind: 'user', id: active.id, name: active.username },
          },
        }
      })
    },
  )

  app.post(
    '/logout',
    {
      config: { access: { who: 'user', scope: 'session' }, action: 'session.end' },
      schema: {
        tags,
        summary: 'Log out',
        description: 'The token is dead on the next request, on every instance.',
        response: { 204: { type: 'null', description: 'Logged out' } },
      },
    },
    async (request, reply) => {
      const { sessionId } = callerOf(request)
      return reply.change({ evenFrozen: true }, async (tx) => {
        if (sessionId !== null) await tx.sessions.end(sessionId)
        return { status: 204 }
      })
    },
  )

  done()
}

export default routes
