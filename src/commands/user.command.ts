import { UsageError } from './command.errors.ts'
import type { Command } from './command.ts'
import { createUser } from './user/user.create.ts'
import { deleteByName } from './user/user.delete.ts'
import { listUsers } from './user/user.list.ts'
import { resetPassword } from './user/user.password.ts'
import { issueToken } from './user/user.token.ts'
import { disable, enable } from './user/user.status.ts'
import { usage } from './user/usage.ts'

export const userCommand: Command = {
  summary: 'create, list, disable, enable and delete users; reset a password',
  usage,
  async run([name = '', ...args]) {
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined
    if (!action) throw new UsageError(`user takes: ${Object.keys(actions).join(', ')}`, usage)
    await action(args)
  },
}

const actions: Record<string, (args: string[]) => Promise<void>> = {
  create: createUser,
  list: listUsers,
  disable,
  enable,
  delete: deleteByName,
  'reset-password': resetPassword,
  'reset-token': issueToken,
}
