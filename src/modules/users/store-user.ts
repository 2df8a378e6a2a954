import type { Repositories } from '../../storage.ts'
import { explainTaken } from './new-user.ts'
import { UsernameTakenError } from './users.errors.ts'
import type { UserRow } from './users.repository.ts'

/**
 * Stores a user. Where name and address are both taken the engines differ in which they find first; here it is the
 * name. Raises `UsernameTakenError`, `EmailTakenError`.
 */
export async function storeUser({ users }: Pick<Repositories, 'users'>, user: UserRow) {
  if (await users.byUsername(user.username)) throw new UsernameTakenError()
  await users.create(user).catch(explainTaken)
}
