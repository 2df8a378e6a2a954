import type { AuditObject } from '../../audit/entry.ts'
import type { UserRow } from './users.repository.ts'

/** As administrators see a user: without the hash. */
export function shownUser({ passwordHash: _, ...user }: UserRow) {
  return user
}

/** The user as the audit log names him. */
export function auditedUser({ id, username }: Pick<UserRow, 'id' | 'username'>): AuditObject {
  return { kind: 'user', id, name: username }
}
