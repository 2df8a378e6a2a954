import { auditRow, system } from '../../audit/entry.ts'
import type { Storage } from '../../storage.ts'
import { adminsLock } from './administrators.ts'
import { newUser } from './new-user.ts'
import { auditedUser } from './user.ts'
import type { UserRow } from './users.repository.ts'

/**
 * Makes the first administrator while there is no user at all; of many instances that try at once, one does.
 * Tells whether it was this one.
 */
export async function createFirstAdmin(
  storage: Storage,
  admin: { username: string; password: string },
): Promise<boolean> {
  if (await storage.users.exist()) return false
  return admitFirst(storage, await newUser({ ...admin, role: 'admin' }))
}

/** Stores an administrator while there is no user at all; tells whether it was so. */
export function admitFirst(storage: Storage, user: UserRow): Promise<boolean> {
  return storage.unitOfWork({ alone: [adminsLock] }, async (tx) => {
    if (await tx.users.exist()) return false
    await tx.users.create(user)
    await tx.settings.set('bootstrap_admin', user.id)
    const details = { role: user.role }
    await tx.audit.add(
      auditRow({ action: 'user.create', actor: system, object: auditedUser(user), details }),
    )
    return true
  })
}
