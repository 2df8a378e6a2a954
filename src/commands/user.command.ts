import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import type { Role } from '../database/tables/tables.ts'
import { explainTaken, foldUsername, newUser } from '../modules/users/new-user.ts'
import { hashPassword } from '../modules/users/passwords.ts'
import { checkPasswordRules } from '../modules/users/passwords.rules.ts'
import { UsageError } from './command.errors.ts'
import { withStorage, type Command } from './command.ts'

const usage = `holdfast user create --username NAME --password-stdin [--email ADDRESS] [--editor | --admin]
holdfast user reset-password --username NAME --password-stdin

Creates a user in the configured database, or gives one a new password and ends all his sessions; the service may run
or not. The password, 12 to 128 characters, is read from standard input, so that it stands in no process list and no
shell history:
  holdfast user create --admin --username ada --password-stdin < password.txt
`

interface Given {
  username: string
  password: string
  email: string | undefined
  role: Role
}

export const userCommand: Command = {
  summary: 'create a user, an administrator too; reset a password',
  usage,
  async run(args) {
    const { values, positionals } = parseArgs({
      args,
      options: {
        username: { type: 'string' },
        email: { type: 'string' },
        'password-stdin': { type: 'boolean', default: false },
        editor: { type: 'boolean', default: false },
        admin: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    })
    const name = positionals.join(' ')
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined
    if (!action) throw new UsageError(`user takes: ${Object.keys(actions).join(', ')}`, usage)
    if (values.username === undefined) throw new UsageError('--username is missing', usage)
    if (!values['password-stdin']) throw new UsageError('--password-stdin is missing', usage)
    await action({
      username: values.username,
      password: (await text(process.stdin)).replace(/\r?\n$/, ''),
      email: values.email,
      role: values.admin ? 'admin' : values.editor ? 'editor' : 'member',
    })
  },
}

const actions: Record<string, (given: Given) => Promise<void>> = {
  create,
  'reset-password': resetPassword,
}

async function create({ email, ...given }: Given): Promise<void> {
  const user = await newUser({ ...given, email: email ?? null })
  await withStorage(({ storage }) =>
    storage.unitOfWork({}, (tx) => tx.users.create(user).catch(explainTaken)),
  )
  process.stdout.write(`created ${user.role} ${user.username}\n`)
}

async function resetPassword(given: Given): Promise<void> {
  const username = foldUsername(given.username)
  checkPasswordRules(given.password, { username })
  const passwordHash = await hashPassword(given.password)
  await withStorage(({ storage }) =>
    storage.unitOfWork({}, async (tx) => {
      const found = await tx.users.setPasswordHash(username, passwordHash)
      if (!found) throw new Error(`there is no user ${username}`)
      await tx.sessions.endAllOf(username)
    }),
  )
  process.stdout.write(`${username} has a new password, and is logged out everywhere\n`)
}
