import type { Database } from '../database/database.ts'
import { readLedger } from '../database/migrations/ledger.ts'
import type { Target } from '../database/target/target.ts'
import { noticesFor, type Notice } from './providers.ts'

/**
 * Gives what is to be known of the database's provider; asks the database for its age and its size, where they
 * matter. `known` is what `Database.describe` gave, if that was asked already.
 */
export async function readNotices(
  target: Target,
  database: Database,
  known?: Awaited<ReturnType<Database['describe']>>,
): Promise<Notice[]> {
  const provider = target.kind === 'postgres' ? target.provider : undefined
  if (noticesFor(provider).length === 0) return []
  const [ledger, described] = await Promise.all([
    readLedger(database),
    known ?? database.describe(),
  ])
  const { sizeBytes } = described
  return noticesFor(provider, {
    firstMigrationAt: ledger[0]?.appliedAt,
    sizeBytes: typeof sizeBytes === 'number' ? sizeBytes : undefined,
  })
}
