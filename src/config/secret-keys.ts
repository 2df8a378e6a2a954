import { createHash } from 'node:crypto'

export interface SecretKey {
  /** Told in exports, to say which key opens them. */
  id: string
  secret: string
}

/** A list of secret keys that cannot be used: what it should be, holding no part of it. */
export class SecretKeysError extends Error {
  override readonly name = 'SecretKeysError'
}

/** Shorter secrets can be guessed. */
const shortestSecret = 32

/**
 * Reads `k2:…,k1:…`: the first key seals, all of them open. A value without an id gets the first 8 hex digits of its
 * SHA-256 as one. Raises `SecretKeysError`.
 */
export function parseSecretKeys(text: string): SecretKey[] {
  const keys = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map(parseKey)
  if (keys.length === 0) throw new SecretKeysError('should hold at least one key, as in k1:secret.')
  if (new Set(keys.map(({ id }) => id)).size < keys.length) {
    throw new SecretKeysError('should give every key an id of its own.')
  }
  return keys
}

function parseKey(entry: string): SecretKey {
  const colon = entry.indexOf(':')
  const secret = entry.slice(colon + 1).trim()
  if (secret.length < shortestSecret) {
    throw new SecretKeysError(
      `should hold secrets of at least ${shortestSecret} characters, as k2:secret,k1:secret.`,
    )
  }
  const id = colon === -1 ? fingerprint(secret) : entry.slice(0, colon).trim()
  if (!/^[\w.-]{1,32}$/.test(id)) {
    throw new SecretKeysError(
      'should name its keys with 1 to 32 of the characters A-Z, a-z, 0-9, _ . and -.',
    )
  }
  return { id, secret }
}

function fingerprint(secret: string): string {
  return createHash('sha256').update(secret).digest('hex').slice(0, 8)
}
