import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import type { Role } from '../database/tables/tables.ts'
import { explainTaken, newUser } from '../modules/users/new-user.ts'
import { UsageError } from './command.errors.ts'
import { withStorage, type Command } from './command.ts'

const usage = `holdfast user create --username NAME --password-stdin [--email ADDRESS] [--editor | --admin]

Creates a user, in the configured database, without a server. The password, 12 to 128 characters,
is read from standard input, so that it stands in no process list and no shell history:
  holdfast user create --admin --username ada --password-stdin < password.txt
`

export const userCommand: Command = {
  summary: 'create a user, an administrator too',
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
    if (positionals.join(' ') !== 'create') throw new UsageError('user takes: create', usage)
    if (values.username === undefined) throw new UsageError('--username is missing', usage)
    if (!values['password-stdin']) throw new UsageError('--password-stdin is missing', usage)

    const role: Role = values.admin ? 'admin' : values.editor ? 'editor' : 'member'
    const password = (await text(process.stdin)).replace(/\r?\n$/, '')
    const user = await newUser({
      username: values.username,
      password,
      email: values.email ?? null,
      role,
    })
    await withStorage(({ storage }) =>
      storage.unitOfWork({}, (tx) => tx.users.create(user).catch(explainTaken)),
    )
    process.stdout.write(`created ${role} ${user.username}\n`)
  },
}
