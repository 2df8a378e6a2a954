import type { FastifyRequest, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import type { AuditRow } from '../audit/audit.row.ts'
import { auditRow, type Act, type Actor } from '../audit/entry.ts'
import { demandOfRoutes } from './access.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What calling the route is called in the audit log: a noun and a verb, as `spec.create`. */
    action?: string
  }
}

const changing = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

/** Stops the start at a route that changes something and does not say what that is called in the audit log. */
export default fp(
  (app) => {
    demandOfRoutes(app, (route) =>
      changes(route) && route.config?.action === undefined ? 'its action' : undefined,
    )
  },
  { name: 'audit', dependencies: ['auth'] },
)

/** The row of what a request does: its action, unless another is given, its caller, and where it comes from. */
export function auditOf(
  request: FastifyRequest,
  act: Partial<Omit<Act, 'address' | 'requestId'>> = {},
): AuditRow {
  return auditRow({
    action: act.action ?? request.routeOptions.config.action ?? 'request.unknown',
    actor: actorOf(request),
    ...act,
    address: addressOf(request),
    requestId: request.id,
  })
}

/** Where a request comes from; null once its connection is gone. A trusted proxy may hand on words that are no address. */
export function addressOf({ ip }: { ip: string | undefined }): string | null {
  return ip ? ip.slice(0, 200) : null
}

/** Who is behind a request. */
export function actorOf({ caller }: FastifyRequest): Actor {
  if (!caller) return { kind: 'guest' }
  return {
    kind: caller.tokenId === null ? 'user' : 'token',
    id: caller.userId,
    name: caller.username,
    credentialId: caller.tokenId ?? caller.sessionId,
  }
}

function changes({ method }: RouteOptions): boolean {
  return [method].flat().some((one) => changing.has(one))
}
