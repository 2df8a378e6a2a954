import { text } from 'node:stream/consumers'
import { auditRow, system, type Act } from '../../audit/entry.ts'
import { foldUsername } from '../../modules/users/new-user.ts'
import { auditedUser } from '../../modules/users/user.ts'
import type { UserRow } from '../../modules/users/users.repository.ts'
import type { Repositories } from '../../storage.ts'

/** The user of a name as somebody typed it. Raises an error that says so when there is none. */
export async function userNamed(
  { users }: Pick<Repositories, 'users'>,
  name: string,
): Promise<UserRow> {
  const username = foldUsername(name)
  const user = await users.byUsername(username)
  if (!user) throw new Error(`there is no user ${username}`)
  return user
}

/** Tells the audit log, in the unit of the change itself, what is done to a user by command. */
export function audit(
  tx: Repositories,
  user: Pick<UserRow, 'id' | 'username'>,
  act: Pick<Act, 'action' | 'details'>,
): Promise<void> {
  return tx.audit.add(auditRow({ actor: system, object: auditedUser(user), ...act }))
}

/** The password on standard input, without the line break behind it. */
export async function readPassword(): Promise<string> {
  return (await text(process.stdin)).replace(/\r?\n$/, '')
}
