import type { FastifyRequest } from 'fastify'
import { IdempotencyKeyReusedError } from '../../idempotency/idempotency.errors.ts'
import { recordFailure, type Attempt } from '../../limits/attempts.ts'
import { auditOf } from '../../plugins/audit.ts'
import type { Storage } from '../../storage.ts'
import type { UserRow } from '../users/new-user.ts'
import { hashPassword, isWeak, verifyPassword } from '../users/passwords.ts'
import { InvalidCredentialsError } from './sessions.errors.ts'

/** A user whose password was right, with its hash, and with a better one where that is weak by now. */
export interface Authenticated {
  user: UserRow
  was: string
  becomes: string
}

/**
 * Holds a password against a user's, in the same time whether or not there is one who could log in; undefined when it
 * is not his.
 */
export async function authenticate(
  user: UserRow | undefined,
  password: string,
): Promise<Authenticated | undefined> {
  const was = user?.status === 'active' ? user.passwordHash : null
  const right = await verifyPassword(was, password)
  if (!user || was === null || !right) return undefined
  return { user, was, becomes: isWeak(was) ? await hashPassword(password) : was }
}

/** Counts a refused login, and tells the audit log. Raises what `recordFailure` does. */
export async function refuseLogin(
  storage: Storage,
  request: FastifyRequest,
  { attempt, user }: { attempt: Attempt; user: UserRow | undefined },
): Promise<void> {
  // Only of a user that is known: people type passwords where their names belong.
  const object = user && { kind: 'user', id: user.id, name: user.username }
  await storage.unitOfWork({ evenFrozen: true, alone: attempt.locks }, async (tx) => {
    await recordFailure(tx.limits, attempt)
    await tx.audit.add(auditOf(request, { outcome: 'refused', actor: { kind: 'guest' }, object }))
  })
}

/** Tells whether a refusal of the unit says that the password was right: it is worth as much as a guess, and costs one. */
export function betraysPassword(error: unknown): boolean {
  return error instanceof IdempotencyKeyReusedError || error instanceof InvalidCredentialsError
}
