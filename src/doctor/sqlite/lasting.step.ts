import { durabilityOf } from '../../platform/durability.ts'
import { describePlatform } from '../../platform/platform.ts'
import type { Findings } from '../step.ts'
import type { SqliteContext } from './context.ts'

const database = 'give DATABASE_URL the address of a PostgreSQL database'

/** Whether what is stored there lasts. */
export function askWhetherItLasts({ target, surroundings }: SqliteContext): Promise<Findings> {
  const { kind, because } = durabilityOf(target, surroundings)
  if (kind !== 'ephemeral') {
    return Promise.resolve({ ok: true, says: 'the disk lasts as long as this machine does.' })
  }
  const { platform } = surroundings
  const disk = platform && describePlatform(platform).disk
  return Promise.resolve({
    ok: false,
    says: `what is stored here does not last: ${because}.`,
    remedy: `For data that must last, ${database}${disk === undefined ? '' : `, or ${disk}`}. To try the service out all the same, set ALLOW_EPHEMERAL_SQLITE=1.`,
  })
}
