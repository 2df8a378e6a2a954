import { createHash, timingSafeEqual } from 'node:crypto'

const digest = (text: string) => createHash('sha256').update(text).digest()

/**
 * Compares with a token of the configuration (BACKUP_TOKEN, METRICS_TOKEN) in constant time; when it is unset there is
 * no such token, and nothing is one.
 */
export function createFixedTokenCheck(fixed: string | undefined) {
  if (!fixed) return () => false
  const expected = digest(fixed)
  return (token: string) => timingSafeEqual(digest(token), expected)
}
