import { parseArgs } from 'node:util'
import { roles, statuses } from '../../database/tables/tables.ts'
import type { UserRow } from '../../modules/users/users.repository.ts'
import { UsageError } from '../command.errors.ts'
import { withStorage } from '../command.ts'
import { usage } from './usage.ts'

const atOnce = 1000

/** Prints a line for each user, by name; what he may, whether he is let in, his e-mail address. */
export async function listUsers(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { role: { type: 'string' }, status: { type: 'string' } },
  })
  const role = oneOf(roles, 'role', values.role)
  const status = oneOf(statuses, 'status', values.status)
  await withStorage(async ({ storage }) => {
    let after: string | undefined
    do {
      const rows = await storage.users.list({
        ...(role && { role }),
        ...(status && { status }),
        ...(after !== undefined && { after }),
        limit: atOnce,
      })
      process.stdout.write(rows.map(line).join(''))
      after = rows.length === atOnce ? rows.at(-1)?.username : undefined
    } while (after !== undefined)
  })
}

function line({ username, role, status, email }: UserRow): string {
  return (
    `${username.padEnd(24)} ${role.padEnd(6)} ${status.padEnd(8)} ${email ?? ''}`.trimEnd() + '\n'
  )
}

/** Raises `UsageError` for another value than one of these. */
function oneOf<Value extends string>(
  known: readonly Value[],
  option: string,
  given: string | undefined,
): Value | undefined {
  if (given === undefined) return undefined
  const found = known.find((one) => one === given)
  if (!found) throw new UsageError(`--${option} takes: ${known.join(', ')}`, usage)
  return found
}
