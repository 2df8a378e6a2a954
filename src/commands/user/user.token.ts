import { parseArgs } from 'node:util'
import { userLock } from '../../modules/users/administrators.ts'
import { issueReset } from '../../modules/users/resets.ts'
import { withStorage } from '../command.ts'
import { audit, userNamed } from './account.ts'
import { requireUsername } from './usage.ts'

export async function issueToken(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { username: { type: 'string' } } })
  const name = requireUsername(values)
  const { token, expiresAt, link } = await withStorage(async ({ storage, config }) => {
    const { id } = await userNamed(storage, name)
    return storage.unitOfWork({ alone: [userLock(id)] }, async (tx) => {
      const user = await userNamed(tx, name)
      await audit(tx, user, { action: 'user.reset' })
      return issueReset(tx, user, config.publicUrl)
    })
  })
  const lines = [token, ...(link === undefined ? [] : [link]), `until ${expiresAt}`]
  process.stdout.write(`${lines.join('\n')}\n`)
}
