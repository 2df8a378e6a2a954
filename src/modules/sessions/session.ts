import { randomUUIDv7 } from 'node:crypto'
import { sessionLifetime } from '../../session.lifetime.ts'
import { createToken, hashToken } from '../../tokens.ts'
import type { SessionRow } from './sessions.repository.ts'

/** A new session that begins now, and the token that opens it; of the token, the row has the hash. */
export function newSession(given: {
  userId: string
  address: string
  /** The `User-Agent`. */
  client: string | undefined
}): { token: string; row: SessionRow } {
  const token = createToken('session')
  const now = Date.now()
  const createdAt = new Date(now).toISOString()
  return {
    token,
    row: {
      id: randomUUIDv7(),
      userId: given.userId,
      tokenHash: hashToken(token),
      createdAt,
      usedAt: createdAt,
      expiresAt: new Date(now + sessionLifetime.absolute).toISOString(),
      address: given.address,
      client: given.client?.slice(0, 200) ?? null,
    },
  }
}
