import type { Storage } from '../../storage.ts'
import { newUser } from './new-user.ts'

/**
 * Makes the first administrator while there is no user at all; of many instances that try at once, one does.
 * Tells whether it was this one.
 */
export async function createFirstAdmin(
  storage: Storage,
  admin: { username: string; password: string },
): Promise<boolean> {
  if (await storage.users.exist()) return false
  const user = await newUser({ ...admin, role: 'admin' })
  return storage.unitOfWork({ alone: [['users', 'first']] }, async (tx) => {
    if (await tx.users.exist()) return false
    await tx.users.create(user)
    await tx.settings.set('bootstrap_admin', user.id)
    return true
  })
}
