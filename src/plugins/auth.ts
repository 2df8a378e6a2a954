import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Role } from '../database/tables/tables.ts'
import { hashToken, isTokenShaped } from '../tokens.ts'
import { ForbiddenError, UnauthorizedError } from './auth.errors.ts'
import { createBackupTokenCheck } from './auth.backup-token.ts'

/**
 * Who may call a route. `public` does not even look at a token; `guest` lets anyone in, but a token that was sent
 * must be good; the others want a user of at least that role. `backupToken` also lets the bearer of BACKUP_TOKEN in.
 */
export interface Access {
  who: 'public' | 'guest' | 'user' | 'editor' | 'admin'
  backupToken?: true
}

export interface Caller {
  userId: string
  username: string
  role: Role
  sessionId: string
}

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
  }
  interface FastifyRequest {
    /** The user whose token came with the request; null for guests and for BACKUP_TOKEN. */
    caller: Caller | null
  }
}

const idleMs = 24 * 60 * 60 * 1000
/** A session's last use is written at most this often. */
const touchMs = 10 * 60 * 1000
const rank = { user: 0, member: 0, editor: 1, admin: 2 }

/** Reads the token and holds it against what the route declares; a route that declares nothing stops the start. */
export default fp(
  (app) => {
    const isBackupToken = createBackupTokenCheck(app.config.backupToken)
    app.decorateRequest('caller', null)

    app.addHook('onRoute', (route) => {
      if (!route.config?.access) {
        throw new Error(`${String(route.method)} ${route.url} does not declare who may call it`)
      }
    })

    // onRequest runs after routing: what is checked is the route that will answer, and no body is read before.
    app.addHook('onRequest', (request, reply, done) => {
      const access = request.routeOptions.config.access
      if (!access || access.who === 'public') return done()
      // Most readers are guests: they do not wait for a promise.
      if (access.who === 'guest' && request.headers.authorization === undefined) return done()
      // oxlint-disable-next-line no-callback-in-promise -- a hook is either of the one kind or of the other
      identify(request, reply, access).then(() => done(), done)
    })

    async function identify(
      request: FastifyRequest,
      reply: FastifyReply,
      access: Access,
    ): Promise<void> {
      const token = bearer(request)
      if (access.backupToken && token !== undefined && isBackupToken(token)) return
      if (token === undefined) throw new UnauthorizedError()
      const caller = await callerOf(token, request)
      request.caller = caller
      reply.header('cache-control', 'no-store')
      if (access.who === 'public' || access.who === 'guest') return
      if (rank[caller.role] < rank[access.who]) throw new ForbiddenError()
    }

    /** Raises `UnauthorizedError`: a token that is not good never makes a guest. */
    async function callerOf(token: string, request: FastifyRequest): Promise<Caller> {
      if (!isTokenShaped(token)) throw new UnauthorizedError()
      const now = Date.now()
      const found = await app.storage.sessions.caller(hashToken(token), {
        now: new Date(now).toISOString(),
        idleSince: new Date(now - idleMs).toISOString(),
      })
      if (!found) throw new UnauthorizedError()
      if (now - Date.parse(found.usedAt) > touchMs) touch(found.sessionId, request)
      return found
    }

    /** Nobody waits for it, and a read stays a read when writes are frozen or refused. */
    function touch(sessionId: string, request: FastifyRequest) {
      app.storage
        .unitOfWork({}, (tx) => tx.sessions.touch(sessionId, new Date().toISOString()))
        .catch((error: unknown) => request.log.debug({ err: error }, 'last use not written'))
    }
  },
  { name: 'auth', dependencies: ['storage', 'errors'] },
)

function bearer(request: FastifyRequest): string | undefined {
  const header = request.headers.authorization
  if (header === undefined) return undefined
  const [, token] = /^Bearer +([^\s]+)$/i.exec(header) ?? []
  if (token === undefined) throw new UnauthorizedError()
  return token
}
