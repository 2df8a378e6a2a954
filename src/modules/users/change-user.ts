import type { LockName } from '../../database/database.ts'
import type { Repositories } from '../../storage.ts'
import { quotaLock } from '../specs/quota.ts'
import { adminsLock, assertAdminRemains, userLock } from './administrators.ts'
import { explainTaken, foldEmail } from './new-user.ts'
import { UserNotFoundError } from './users.errors.ts'
import type { UserRow } from './users.repository.ts'

/** What an administrator may change of a user. */
export type UserChanges = Partial<
  Pick<UserRow, 'role' | 'status' | 'email' | 'quotaSpecs' | 'quotaBytes'>
>

/** What a unit must be alone on that makes these changes. */
export function locksOfChange(id: string, changes: UserChanges): LockName[] {
  return [
    userLock(id),
    ...(takesAdmin(changes) ? [adminsLock] : []),
    // What is being stored under the old quota is stored then, and counts for the new one.
    ...(changesQuota(changes) ? [quotaLock(id)] : []),
  ]
}

/**
 * Changes a user in a unit that is alone on `locksOfChange`; gives the user as he was and as he is then. Sessions and
 * resets of one who is disabled end. Raises `UserNotFoundError`, `LastAdminError`, `InvalidEmailError`,
 * `EmailTakenError`.
 */
export async function changeUser(
  tx: Repositories,
  id: string,
  changes: UserChanges,
): Promise<{ before: UserRow; user: UserRow }> {
  const user = await tx.users.byId(id)
  if (!user) throw new UserNotFoundError()
  if (takesAdmin(changes)) await assertAdminRemains(tx, user)
  const changed = {
    ...changes,
    ...(changes.email !== undefined && { email: foldEmail(changes.email) }),
    updatedAt: new Date().toISOString(),
  }
  await tx.users.update(id, changed).catch(explainTaken)
  if (changes.status === 'disabled') {
    // Or whoever had taken one of them would be let in again with him.
    await tx.resets.removeAllOf(id)
    await tx.sessions.endAll(id)
  }
  return { before: user, user: { ...user, ...changed } }
}

function changesQuota({ quotaSpecs, quotaBytes }: UserChanges): boolean {
  return quotaSpecs !== undefined || quotaBytes !== undefined
}

function takesAdmin({ role, status }: UserChanges): boolean {
  return (role !== undefined && role !== 'admin') || status === 'disabled'
}
