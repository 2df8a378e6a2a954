import type { LockName } from '../../database/database.ts'
import type { Role } from '../../database/tables/tables.ts'
import type { Caller } from '../../plugins/access.ts'
import {
  ForbiddenError,
  SessionRequiredError,
  UnauthorizedError,
} from '../../plugins/auth.errors.ts'
import type { Repositories } from '../../storage.ts'
import { LastAdminError } from './users.errors.ts'
import type { UserRow } from './users.repository.ts'

/** What a unit must be alone on that could take an administrator away, or makes the first one. */
export const adminsLock: LockName = ['users', 'admins']

/** What a unit must be alone on that changes what a user may do, or relies on it until its end. */
export const userLock = (id: string): LockName => ['user', id]

/**
 * Raises `LastAdminError` where a user goes who is the last administrator; in a unit alone on `adminsLock`. Others count
 * only if they can log in.
 */
export async function assertAdminRemains({ users }: Repositories, user: UserRow): Promise<void> {
  if (user.role !== 'admin' || user.status !== 'active') return
  if (!(await users.otherAdmin(user.id))) throw new LastAdminError()
}

/**
 * Raises 401 or 403 where the caller is no active administrator any more: somebody may have shut him out between his
 * request's arrival and this unit, which is alone on his `userLock`.
 */
export async function assertStillAdmin({ users }: Repositories, caller: Caller): Promise<void> {
  const user = await users.byId(caller.userId)
  if (user?.status !== 'active') throw new UnauthorizedError()
  if (user.role !== 'admin') throw new ForbiddenError()
}

/**
 * Raises `SessionRequiredError` where an API token would make, change or let in somebody of this role who is an
 * administrator: as him it could do all that its scopes leave out.
 */
export function assertMayManage({ tokenId }: Pick<Caller, 'tokenId'>, role: Role): void {
  if (tokenId !== null && role === 'admin') throw new SessionRequiredError()
}
