import { createHash, randomBytes } from 'node:crypto'

/** What a token is for. Its text says so, and each kind is kept in a table of its own: none passes for another. */
export type TokenKind = 'session' | 'api' | 'invite' | 'reset'

const prefixes: Record<TokenKind, string> = {
  session: 'hf_',
  api: 'hf_api_',
  invite: 'hf_invite_',
  reset: 'hf_reset_',
}

const secret = /^[A-Za-z0-9_-]{43}$/

/** A new token: 256 random bits behind a prefix that secret scanners can know. Only its hash is kept. */
export function createToken(kind: TokenKind): string {
  return prefixes[kind] + randomBytes(32).toString('base64url')
}

/** Tells whether a text can be a token of this kind at all. */
export function isTokenShaped(kind: TokenKind, text: string): boolean {
  const prefix = prefixes[kind]
  return text.startsWith(prefix) && secret.test(text.slice(prefix.length))
}

/** SHA-256 in hexadecimal: enough for 256 random bits, which nobody can guess. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
