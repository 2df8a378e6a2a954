import type { AuditObject } from '../../audit/entry.ts'
import type { UserRow } from './users.repository.ts'

/** As administrators see a user: without the hash. */
export function shownUser(user: UserRow): Omit<UserRow, 'passwordHash'> {
  return {
    id: user.id,
    username: user.username,
    email: user.email,
    role: user.role,
    status: user.status,
    createdAt: user.createdAt,
    updatedAt: user.updatedAt,
    quotaSpecs: user.quotaSpecs,
    quotaBytes: user.quotaBytes,
  }
}

/** The user as the audit log names him. */
export function auditedUser({ id, username }: Pick<UserRow, 'id' | 'username'>): AuditObject {
  return { kind: 'user', id, name: username }
}
