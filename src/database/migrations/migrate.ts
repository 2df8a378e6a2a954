import { setTimeout as pause } from 'node:timers/promises'
import { databaseErrorIn, StartError } from '../database.errors.ts'
import type { Database, DatabaseLog } from '../database.ts'
import { applyMigrations } from './apply.ts'
import { pendingMigrations } from './compare.ts'
import { quoted } from '../names.ts'
import { readLedger, readLedgerIn } from './ledger.ts'
import type { Migration } from './manifest.ts'

export interface MigrateOptions {
  /** Does everything, tells what it did, and rolls back. */
  dryRun?: boolean
  log?: DatabaseLog
}

export interface MigrationReport {
  /** By this call; by a dry run: those that would be. */
  applied: string[]
  /** What the database still lacks afterwards: everything that a dry run rehearsed. */
  pending: string[]
  /** The newest migration of the database afterwards; undefined before the first. */
  head: string | undefined
  dryRun: boolean
  /** The copy of the file that was made before, where a file is what there is to copy. */
  copy: string | undefined
}

export interface MigrationState {
  name: string
  /** `unknown`: applied by another version of the service. */
  state: 'applied' | 'pending' | 'unknown'
  /** ISO 8601. */
  appliedAt?: string
}

/** Milliseconds before the second to the fifth try for the lock. */
const pauses = [250, 500, 1000, 2000]

/**
 * Brings the database to the newest schema: all that is missing in one transaction, or nothing. Any number of
 * instances may call it at once. Asks for no lock when there is nothing to do.
 *
 * Raises `StartError`: 78 when the migrations and the database do not belong together, 70 when one failed or would
 * lose rows, 75 when others held the lock for too long. Raises `DatabaseError` (`unavailable`) when there is no
 * database to ask: worth calling again.
 */
export async function migrate(
  database: Database,
  migrations: Migration[],
  options: MigrateOptions = {},
): Promise<MigrationReport> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await migrateOnce(database, migrations, options)
    } catch (error) {
      if (databaseErrorIn(error)?.code === '42501') throw noRight(database, error)
      const waiting = pauses[attempt]
      const kind = databaseErrorIn(error)?.kind
      if (kind !== 'busy' && kind !== 'conflict') throw error
      if (waiting === undefined) throw lockNotGot(error)
      options.log?.warn({ attempt: attempt + 1, kind }, 'migration: waiting for the lock')
      await pause(waiting + Math.random() * waiting)
    }
  }
}

/** Lists every migration that this build or this database knows. Takes no lock and changes nothing. */
export async function migrationStatus(
  database: Database,
  migrations: Migration[],
): Promise<MigrationState[]> {
  const ledger = await readLedger(database)
  const applied = new Map(ledger.map(({ name, appliedAt }) => [name, appliedAt]))
  const known = new Set(migrations.map(({ name }) => name))
  return [
    ...migrations.map(({ name }) => {
      const appliedAt = applied.get(name)
      return appliedAt
        ? { name, state: 'applied' as const, appliedAt }
        : { name, state: 'pending' as const }
    }),
    ...ledger
      .filter(({ name }) => !known.has(name))
      .map(({ name, appliedAt }) => ({ name, state: 'unknown' as const, appliedAt })),
  ]
}

async function migrateOnce(
  database: Database,
  migrations: Migration[],
  { dryRun = false, log }: MigrateOptions,
): Promise<MigrationReport> {
  const report = { applied: [] as string[], pending: [] as string[], dryRun, copy: undefined }
  const seen = await readLedger(database)
  if (pendingMigrations(seen, migrations).length === 0) {
    const newer = seen.slice(migrations.length).map(({ name }) => name)
    if (newer.length > 0) log?.warn({ newer }, 'migration: the schema is newer than this version')
    return { ...report, head: seen.at(-1)?.name }
  }

  return database.migration(async (session) => {
    // Whoever held the lock before may have done the work.
    const ledger = await readLedgerIn(session, database)
    const pending = pendingMigrations(ledger, migrations)
    if (pending.length === 0) {
      return { commit: false, result: { ...report, head: ledger.at(-1)?.name } }
    }
    const names = pending.map(({ name }) => name)
    const { engine } = database
    const copy = await applyMigrations({ session, engine, pending, ledger, dryRun, log })
    const result = {
      applied: names,
      pending: dryRun ? names : [],
      head: dryRun ? ledger.at(-1)?.name : names.at(-1),
      dryRun,
      copy,
    }
    return { commit: !dryRun, result }
  })
}

function noRight({ schema }: Database, error: unknown): StartError {
  const name = schema === undefined ? 'this schema' : `the schema ${quoted(schema)}`
  return new StartError(
    78,
    `the role of DATABASE_URL may not create tables in ${name}: grant it USAGE and CREATE on the schema, use its owner, or name a schema of its own as DATABASE_SCHEMA`,
    { cause: error },
  )
}

function lockNotGot(error: unknown): StartError {
  return new StartError(
    75,
    'the migration lock, or a lock on a table, was held by others through five tries; nothing was applied: try again',
    { cause: error },
  )
}
