import { parseArgs } from 'node:util'
import { changesOf } from '../../audit/changes.ts'
import type { Status } from '../../database/tables/tables.ts'
import { changeUser, locksOfChange } from '../../modules/users/change-user.ts'
import { withStorage } from '../command.ts'
import { audit, userNamed } from './account.ts'
import { requireUsername } from './usage.ts'

export async function disable(args: string[]): Promise<void> {
  const username = await setStatus(args, 'disabled')
  process.stdout.write(`${username} is disabled, and shut out everywhere\n`)
}

export async function enable(args: string[]): Promise<void> {
  const username = await setStatus(args, 'active')
  process.stdout.write(`${username} is enabled\n`)
}

/** Gives the username as it is kept. */
async function setStatus(args: string[], status: Status): Promise<string> {
  const { values } = parseArgs({ args, options: { username: { type: 'string' } } })
  const name = requireUsername(values)
  return withStorage(async ({ storage }) => {
    const { id, username } = await userNamed(storage, name)
    const changes = { status }
    await storage.unitOfWork({ alone: locksOfChange(id, changes) }, async (tx) => {
      const { before, user } = await changeUser(tx, id, changes)
      const details = changesOf(before, user, { fields: ['status'], told: ['status'] })
      await audit(tx, user, { action: 'user.update', details })
    })
    return username
  })
}
