import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { sessionLifetime } from '../session.lifetime.ts'
import type { Repositories } from '../storage.ts'
import { hashToken, isTokenShaped } from '../tokens.ts'
import { assertAllowed, demandDeclarations, type Access, type Caller } from './access.ts'
import { UnauthorizedError } from './auth.errors.ts'
import { createFixedTokenCheck } from './auth.fixed-token.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Looks at a caller's token once more: between a large body's first byte and its last he may have been shut out.
     * Gives who he is by now. Raises 401 and 403 as before the route.
     */
    identifyAgain: (request: FastifyRequest) => Promise<Caller>
  }
}

/** The last use of a session, and of an API token, is written at most this often. */
const touchMs = { session: 10 * 60 * 1000, token: 60 * 1000 }

/** Reads the token and holds it against what the route declares; a route that declares nothing stops the start. */
export default fp(
  (app) => {
    const isBackupToken = createFixedTokenCheck(app.config.backupToken)
    const touching = new Set<string>()
    app.decorateRequest('caller', null)
    demandDeclarations(app)

    // onRequest runs after routing: what is checked is the route that will answer, and no body is read before.
    app.addHook('onRequest', (request, reply, done) => {
      const access = request.routeOptions.config.access
      if (!access || access.who === 'public') return done()
      // Most readers are guests: they do not wait for a promise.
      if (access.who === 'guest' && request.headers.authorization === undefined) return done()
      // oxlint-disable-next-line no-callback-in-promise -- a hook is either of the one kind or of the other
      identify(request, reply, access).then(() => done(), done)
    })

    app.decorate('identifyAgain', async (request) => {
      const token = bearer(request)
      if (token === undefined) throw new UnauthorizedError()
      const caller = await callerBehind(token, request)
      const { access } = request.routeOptions.config
      if (access && access.who !== 'public') assertAllowed(caller, access)
      return caller
    })

    async function identify(
      request: FastifyRequest,
      reply: FastifyReply,
      access: Exclude<Access, { who: 'public' }>,
    ): Promise<void> {
      const token = bearer(request)
      if (access.backupToken && token !== undefined && isBackupToken(token)) {
        return app.limitKnown(request, reply)
      }
      if (token === undefined) throw new UnauthorizedError()
      const caller = await callerBehind(token, request)
      request.caller = caller
      reply.header('cache-control', 'no-store')
      app.limitKnown(request, reply)
      assertAllowed(caller, access)
    }

    /** Raises `UnauthorizedError`: a token that is not good never makes a guest. */
    async function callerBehind(token: string, request: FastifyRequest): Promise<Caller> {
      if (isTokenShaped('session', token)) return bySession(token, request)
      if (isTokenShaped('api', token)) return byApiToken(token, request)
      throw new UnauthorizedError()
    }

    async function bySession(token: string, request: FastifyRequest): Promise<Caller> {
      const now = Date.now()
      const found = await app.storage.sessions.caller(hashToken(token), {
        now: new Date(now).toISOString(),
        idleSince: new Date(now - sessionLifetime.idle).toISOString(),
      })
      if (!found) throw new UnauthorizedError()
      const { usedAt, ...caller } = found
      if (now - Date.parse(usedAt) > touchMs.session) {
        touch(request, caller.sessionId, (tx, at) => tx.sessions.touch(caller.sessionId, at))
      }
      return { ...caller, tokenId: null, scopes: null }
    }

    async function byApiToken(token: string, request: FastifyRequest): Promise<Caller> {
      const now = Date.now()
      const found = await app.storage.apiTokens.caller(
        hashToken(token),
        new Date(now).toISOString(),
      )
      if (!found) throw new UnauthorizedError()
      const { usedAt, ...caller } = found
      if (usedAt === null || now - Date.parse(usedAt) > touchMs.token) {
        const before = new Date(now - touchMs.token).toISOString()
        touch(request, caller.tokenId, (tx, at) => tx.apiTokens.touch(caller.tokenId, at, before))
      }
      return { ...caller, sessionId: null }
    }

    /**
     * Nobody waits for it, and a read stays a read when writes are frozen or refused. What many requests of one
     * credential would write at once, one of them does.
     */
    function touch(
      request: FastifyRequest,
      credentialId: string,
      write: (tx: Repositories, at: string) => Promise<void>,
    ): void {
      if (touching.has(credentialId)) return
      touching.add(credentialId)
      app.storage
        .unitOfWork({}, (tx) => write(tx, new Date().toISOString()))
        .catch((error: unknown) => request.log.debug({ err: error }, 'last use not written'))
        .finally(() => touching.delete(credentialId))
    }
  },
  { name: 'auth', dependencies: ['storage', 'errors', 'rate-limit'] },
)

function bearer(request: FastifyRequest): string | undefined {
  const header = request.headers.authorization
  if (header === undefined) return undefined
  const [, token] = /^Bearer +([^\s]+)$/i.exec(header) ?? []
  if (token === undefined) throw new UnauthorizedError()
  return token
}
