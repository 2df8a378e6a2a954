import { StartError } from '../database/database.errors.ts'
import type { DatabaseOptions } from '../database/database.ts'
import { openDatabase } from '../database/index.ts'
import { pendingMigrations } from '../database/migrations/compare.ts'
import { readLedger } from '../database/migrations/ledger.ts'
import { readMigrations } from '../database/migrations/manifest.ts'
import type { Target } from '../database/target/target.ts'
import type { Findings } from './step.ts'

/** Which migrations the next start will apply. Opens the database as the service does, on one connection. */
export async function lookAtMigrations(context: {
  target: Target
  database: Readonly<Omit<DatabaseOptions, 'log'>>
  firstMigrationAt?: string
}): Promise<Findings> {
  const database = openDatabase(context.target, { ...context.database, poolMax: 1, log: silent })
  try {
    await database.open()
    const ledger = await readLedger(database)
    const [first] = ledger
    if (first) context.firstMigrationAt = first.appliedAt
    const known = readMigrations(database.engine)
    const pending = pendingMigrations(ledger, known).length
    if (pending > 0) {
      return {
        ok: true,
        says: `${pending} of ${known.length} migrations are pending; the next start applies them.`,
      }
    }
    const newer = ledger.length - known.length
    const says = newer > 0 ? `, and ${newer} of a newer version that this one can live with` : ''
    return { ok: true, says: `all ${known.length} migrations are applied${says}.` }
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    // Both halves stand in one sentence: what is wrong, and what to do.
    const [says = '', ...remedy] = error.message.split(': ')
    return { ok: false, says: `${says}.`, remedy: `${remedy.join(': ')}.` }
  } finally {
    await database.close()
  }
}

const nothing = () => undefined
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing }
