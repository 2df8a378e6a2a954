import { createHash, randomBytes } from 'node:crypto'

const pattern = /^hf_[A-Za-z0-9_-]{43}$/

/** A new token: 256 random bits behind a prefix that secret scanners can know. Only its hash is kept. */
export function createToken(): string {
  return `hf_${randomBytes(32).toString('base64url')}`
}

/** Tells whether a text can be a token at all. */
export function isTokenShaped(text: string): boolean {
  return pattern.test(text)
}

/** SHA-256 in hexadecimal: enough for 256 random bits, which nobody can guess. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
