import { parseArgs } from 'node:util'
import { auditRow, system } from '../../audit/entry.ts'
import { deleteUser, type Deleted } from '../../modules/users/delete-user.ts'
import { actsOnSpecs, detailsOf } from '../../modules/users/deletion.audit.ts'
import { UsageError } from '../command.errors.ts'
import { withStorage } from '../command.ts'
import { audit, userNamed } from './account.ts'
import { requireUsername, usage } from './usage.ts'

export async function deleteByName(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      username: { type: 'string' },
      'transfer-to': { type: 'string' },
      specs: { type: 'string' },
    },
  })
  const name = requireUsername(values)
  const { specs, 'transfer-to': heirName } = values
  if (specs !== undefined && specs !== 'delete') {
    throw new UsageError('--specs takes nothing but delete', usage)
  }
  if (specs !== undefined && heirName !== undefined) {
    throw new UsageError('specs are either transferred or deleted', usage)
  }
  const deleted = await withStorage(async ({ storage }) => {
    const { id: userId } = await userNamed(storage, name)
    const heir = heirName === undefined ? undefined : await userNamed(storage, heirName)
    return deleteUser(storage, { userId, transferTo: heir?.id, specs }, (options, deleteIn) =>
      storage.unitOfWork(options, async (tx) => {
        const gone = await deleteIn(tx)
        for (const act of actsOnSpecs(gone)) await tx.audit.add(auditRow({ actor: system, ...act }))
        await audit(tx, gone.user, { action: 'user.delete', details: detailsOf(gone) })
        return gone
      }),
    )
  })
  process.stdout.write(sentence(deleted))
}

function sentence({ user, specs, fate }: Deleted): string {
  const also = specs.length > 0 ? `, and ${fate} specs: ${specs.length}` : ''
  return `deleted ${user.username}${also}\n`
}
