import { randomUUIDv7 } from 'node:crypto'
import type { Scope } from '../../database/tables/people.tables.ts'
import type { Role } from '../../database/tables/tables.ts'
import { createToken, hashToken } from '../../tokens.ts'
import type { ApiTokenRow } from './api-tokens.repository.ts'
import { InvalidExpiryError, ScopeNotAllowedError } from './tokens.errors.ts'

const day = 24 * 60 * 60 * 1000
const lifetime = { usual: 90 * day, longest: 365 * day }

/** How many a user may have; those that are over count until they are deleted. */
export const tokensMax = 50

const ofMembers: readonly Scope[] = ['specs:read', 'specs:write']
const ofEditors: readonly Scope[] = [...ofMembers, 'announcements:write', 'users:manage']

/** Raises `ScopeNotAllowedError` for a scope that is for more than the role may do. */
export function assertMayGive(role: Role, scopes: readonly Scope[]): void {
  const allowed = role === 'editor' ? ofEditors : ofMembers
  const above = scopes.find((scope) => role !== 'admin' && !allowed.includes(scope))
  if (above !== undefined) throw new ScopeNotAllowedError(above)
}

/** A new API token of a user; of the token, the row has the hash. Raises `InvalidExpiryError`. */
export function newApiToken(
  userId: string,
  given: { name: string; scopes: Scope[]; expiresAt?: string },
): { token: string; row: ApiTokenRow } {
  const token = createToken('api')
  const now = Date.now()
  return {
    token,
    row: {
      id: randomUUIDv7(),
      userId,
      name: given.name,
      scopes: given.scopes,
      tokenHash: hashToken(token),
      createdAt: new Date(now).toISOString(),
      expiresAt: expiryOf(given.expiresAt, now),
    },
  }
}

function expiryOf(given: string | undefined, now: number): string {
  const at = given === undefined ? now + lifetime.usual : Date.parse(given)
  // A text that is a time of no calendar is NaN, and inside of nothing.
  if (!(at > now && at <= now + lifetime.longest)) throw new InvalidExpiryError()
  return new Date(at).toISOString()
}
