import { createHash, timingSafeEqual } from 'node:crypto'

const digest = (text: string) => createHash('sha256').update(text).digest()

/** Compares with BACKUP_TOKEN in constant time; when it is unset there is no such token, and nothing is one. */
export function createBackupTokenCheck(backupToken: string | undefined) {
  if (!backupToken) return () => false
  const expected = digest(backupToken)
  return (token: string) => timingSafeEqual(digest(token), expected)
}
