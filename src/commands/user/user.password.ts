import { parseArgs } from 'node:util'
import { userLock } from '../../modules/users/administrators.ts'
import { hashPassword } from '../../modules/users/passwords.ts'
import { checkPasswordRules } from '../../modules/users/passwords.rules.ts'
import { setPassword } from '../../modules/users/resets.ts'
import { withStorage } from '../command.ts'
import { audit, readPassword, userNamed } from './account.ts'
import { requireStdin, requireUsername } from './usage.ts'

export async function resetPassword(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      username: { type: 'string' },
      'password-stdin': { type: 'boolean', default: false },
    },
  })
  const name = requireUsername(values)
  requireStdin(values)
  const password = await readPassword()
  const username = await withStorage(async ({ storage }) => {
    const user = await userNamed(storage, name)
    checkPasswordRules(password, user)
    const passwordHash = await hashPassword(password)
    await storage.unitOfWork({ alone: [userLock(user.id)] }, async (tx) => {
      await setPassword(tx, user, passwordHash)
      await audit(tx, user, { action: 'password.reset' })
    })
    return user.username
  })
  process.stdout.write(`${username} has a new password, and is logged out everywhere\n`)
}
