import { randomUUIDv7 } from 'node:crypto'
import { attemptOf, forgetFailures } from '../../limits/attempts.ts'
import type { Repositories } from '../../storage.ts'
import { createToken, hashToken } from '../../tokens.ts'
import { UserDisabledError } from './users.errors.ts'
import type { UserRow } from './users.repository.ts'

const lifetimeMs = 30 * 60 * 1000

/** A reset as whoever asked for it gets it, once. */
export interface IssuedReset {
  token: string
  expiresAt: string
  /** Where to use it; absent where it is not known how the service is reached. */
  link?: string
}

/**
 * Issues what sets a user's password anew, in a unit alone on his `userLock`; older resets and all of his sessions end.
 * The link is built from PUBLIC_URL alone: a request's Host may be anybody's. Raises `UserDisabledError`.
 */
export async function issueReset(
  tx: Repositories,
  user: UserRow,
  publicUrl: string | undefined,
): Promise<IssuedReset> {
  if (user.status !== 'active') throw new UserDisabledError()
  const token = createToken('reset')
  const now = Date.now()
  const expiresAt = new Date(now + lifetimeMs).toISOString()
  await tx.resets.removeAllOf(user.id)
  await tx.sessions.endAll(user.id)
  await tx.resets.create({
    id: randomUUIDv7(),
    userId: user.id,
    tokenHash: hashToken(token),
    createdAt: new Date(now).toISOString(),
    expiresAt,
  })
  return {
    token,
    expiresAt,
    ...(publicUrl !== undefined && { link: `${publicUrl}/reset#${token}` }),
  }
}

/**
 * Sets a user's password in a unit alone on his `userLock`; resets and sessions of before end, and he may log in at
 * once, however often somebody failed at the old password.
 */
export async function setPassword(
  tx: Repositories,
  { id, username }: Pick<UserRow, 'id' | 'username'>,
  passwordHash: string,
): Promise<void> {
  // Before the user's row: a login holds both in this order.
  await forgetFailures(tx.limits, attemptOf({ kind: 'login', account: username }))
  await forgetFailures(tx.limits, attemptOf({ kind: 'password', account: id }))
  await tx.users.update(id, { passwordHash, updatedAt: new Date().toISOString() })
  await tx.resets.removeAllOf(id)
  await tx.sessions.endAll(id)
}
