import { randomUUIDv7 } from 'node:crypto'
import type { LockName } from '../../database/database.ts'
import type { Role } from '../../database/tables/tables.ts'
import { hashToken } from '../../tokens.ts'
import { foldEmail } from '../users/new-user.ts'
import { InvalidExpiryError, RoleNotAllowedError } from './invites.errors.ts'
import type { InviteRow } from './invites.repository.ts'
import type { NewInvite } from './invites.schemas.ts'

const hour = 60 * 60 * 1000
const usualMs = 72 * hour
const longestMs = 30 * 24 * hour

/** What a unit must be alone on that uses an invite, or withdraws it. */
export const inviteLock = (id: string): LockName => ['invite', id]

/** Whom a user may invite: editors members, administrators anyone. */
export function mayInvite(inviter: Role, role: Role): boolean {
  return inviter === 'admin' || (inviter === 'editor' && role === 'member')
}

/** Raises `RoleNotAllowedError`, `InvalidExpiryError`, `InvalidEmailError`. */
export function newInvite(
  given: NewInvite,
  { token, inviter }: { token: string; inviter: { userId: string; role: Role } },
): InviteRow {
  if (!mayInvite(inviter.role, given.role)) throw new RoleNotAllowedError()
  const now = Date.now()
  return {
    id: randomUUIDv7(),
    role: given.role,
    email: foldEmail(given.email ?? null),
    tokenHash: hashToken(token),
    createdBy: inviter.userId,
    createdAt: new Date(now).toISOString(),
    expiresAt: expiryOf(given.expiresAt, now),
    usedAt: null,
    usedBy: null,
  }
}

function expiryOf(asked: string | undefined, now: number): string {
  const at = asked === undefined ? now + usualMs : Date.parse(asked)
  if (!(at > now && at <= now + longestMs)) throw new InvalidExpiryError()
  return new Date(at).toISOString()
}
