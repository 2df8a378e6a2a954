import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import type { Scope } from '../database/tables/people.tables.ts'
import type { Role } from '../database/tables/tables.ts'
import {
  ForbiddenError,
  MissingScopeError,
  SessionRequiredError,
  UnauthorizedError,
} from './auth.errors.ts'

/**
 * Who may call a route. `public` does not even look at a token; `guest` lets anyone in, but a token that was sent
 * must be good; the others want a user of at least that role.
 *
 * `scope` is what an API token must carry besides: `any` lets every one of them pass, `session` none, for what only a
 * person does. `object` says which objects a route with a parameter is for, beyond the role: those that the caller
 * may see, those that he may change, what belongs to himself, or every one. `backupToken` also lets the bearer of
 * BACKUP_TOKEN in.
 */
export type Access =
  | { who: 'public'; object?: ObjectRule }
  | {
      who: 'guest' | 'user' | 'editor' | 'admin'
      scope: Scope | 'any' | 'session'
      object?: ObjectRule
      backupToken?: true
    }

export type ObjectRule = 'visible' | 'changeable' | 'own' | 'every'

export interface Caller {
  userId: string
  username: string
  role: Role
  /** By what he was known: exactly one of these. */
  sessionId: string | null
  tokenId: string | null
  /** What his API token is good for; null for a session, which is good for all that he may. */
  scopes: readonly Scope[] | null
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

const rank = { user: 0, member: 0, editor: 1, admin: 2 }

/** Stops the start at routes that do not say who may call them, with which scope and on which objects. */
export function demandDeclarations(app: FastifyInstance): void {
  demandOfRoutes(app, missingIn)
}

/**
 * Stops the start, and names every route of which `missingIn` says what it does not declare. Not at the route itself:
 * what a plugin throws that calls back is no refusal to load it, but an exception that nobody catches.
 */
export function demandOfRoutes(
  app: FastifyInstance,
  missingIn: (route: RouteOptions) => string | undefined,
): void {
  const faults: string[] = []
  app.addHook('onRoute', (route) => {
    const missing = missingIn(route)
    if (missing) faults.push(`${String(route.method)} ${route.url} does not declare ${missing}`)
  })
  app.addHook('onReady', (done) => done(faults[0] ? new Error(faults.join('; ')) : undefined))
}

function missingIn({ url, config }: RouteOptions): string | undefined {
  const access = config?.access
  if (!access) return 'who may call it'
  if (access.who !== 'public' && !access.scope) return 'which scope an API token needs'
  if (url.includes(':') && !access.object) return 'on which objects'
  return undefined
}

/** Raises 403 for a caller of a lower role, and for an API token without the scope. */
export function assertAllowed(caller: Caller, access: Exclude<Access, { who: 'public' }>): void {
  const { who, scope } = access
  if (caller.scopes && scope !== 'any') {
    if (scope === 'session') throw new SessionRequiredError()
    if (!caller.scopes.includes(scope)) throw new MissingScopeError(scope)
  }
  if (who !== 'guest' && rank[caller.role] < rank[who]) throw new ForbiddenError()
}

/** Who calls, on a route that lets no guest in. Raises 401 for one. */
export function callerOf({ caller }: Pick<FastifyRequest, 'caller'>): Caller {
  if (!caller) throw new UnauthorizedError()
  return caller
}

/** Whether a role is at least another. */
export function isAtLeast(role: Role, other: Role): boolean {
  return rank[role] >= rank[other]
}
