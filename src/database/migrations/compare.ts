import { StartError } from '../database.errors.ts'
import type { LedgerEntry } from './ledger.ts'
import type { Migration } from './manifest.ts'

/**
 * Compares all that the database has seen with all that this build knows, by name, order and content, and gives
 * what is still to be applied. Raises `StartError` (78) naming the file when they do not belong together.
 */
export function pendingMigrations(ledger: LedgerEntry[], known: Migration[]): Migration[] {
  for (const [index, entry] of ledger.entries()) {
    const migration = known[index]
    if (!migration) refuseNewer(entry)
    else if (migration.name !== entry.name) refuseOrder({ migration, entry, ledger, known })
    else if (migration.sha256 !== entry.sha256) {
      throw new StartError(
        78,
        `migration ${entry.name} was edited after it was applied (${day(entry)}): restore the file as it was, ` +
          'and put the change into a new migration',
      )
    }
  }
  return known.slice(ledger.length)
}

/** An older build on a newer schema: fine as long as the newer one said that it may be. */
function refuseNewer(entry: LedgerEntry): void {
  if (entry.compatible) return
  throw new StartError(
    78,
    `the database was migrated by a newer version (${entry.name}, ${day(entry)}), and this version cannot live ` +
      'with that schema: run the newer version, or restore a backup from before it',
  )
}

function refuseOrder(found: {
  migration: Migration
  entry: LedgerEntry
  ledger: LedgerEntry[]
  known: Migration[]
}): never {
  const { migration, entry, ledger, known } = found
  if (!known.some(({ name }) => name === entry.name)) {
    throw new StartError(
      78,
      `migration ${entry.name} was applied to this database (${day(entry)}) and is missing from this build: ` +
        'restore the file, or run the version that has it',
    )
  }
  if (!ledger.some(({ name }) => name === migration.name)) {
    throw new StartError(
      78,
      `migration ${migration.name} comes before ${entry.name}, which was applied already (${day(entry)}): ` +
        'it was merged late; generate it again, so that it comes last',
    )
  }
  throw new StartError(
    78,
    `migration ${migration.name} stands where ${entry.name} was applied: the migrations were re-ordered; ` +
      'restore the order of migrations.json',
  )
}

function day(entry: LedgerEntry): string {
  return `on ${entry.appliedAt.slice(0, 10)}`
}
