import { parseArgs } from 'node:util'
import { newUser } from '../../modules/users/new-user.ts'
import { storeUser } from '../../modules/users/store-user.ts'
import { withStorage } from '../command.ts'
import { audit, readPassword } from './account.ts'
import { requireStdin, requireUsername } from './usage.ts'

export async function createUser(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      username: { type: 'string' },
      email: { type: 'string' },
      'password-stdin': { type: 'boolean', default: false },
      editor: { type: 'boolean', default: false },
      admin: { type: 'boolean', default: false },
    },
  })
  const username = requireUsername(values)
  requireStdin(values)
  const user = await newUser({
    username,
    password: await readPassword(),
    email: values.email ?? null,
    role: values.admin ? 'admin' : values.editor ? 'editor' : 'member',
  })
  await withStorage(({ storage }) =>
    storage.unitOfWork({}, async (tx) => {
      await storeUser(tx, user)
      await audit(tx, user, { action: 'user.create', details: { role: user.role } })
    }),
  )
  process.stdout.write(`created ${user.role} ${user.username}\n`)
}
