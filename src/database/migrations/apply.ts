import { randomUUIDv7 } from 'node:crypto'
import { databaseErrorIn, StartError, type DatabaseErrorKind } from '../database.errors.ts'
import type { Database, DatabaseLog, MigrationSession } from '../database.ts'
import { createLedger, enterIntoLedger, placeholders, type LedgerEntry } from './ledger.ts'
import { countRows, lostRows, refuseWriters } from './rows.ts'
import type { Migration } from './manifest.ts'

interface Run {
  session: MigrationSession
  engine: Database['engine']
  pending: Migration[]
  /** What was applied before. */
  ledger: LedgerEntry[]
  dryRun: boolean
  log: DatabaseLog | undefined
}

/** These pass, and the same migration may succeed then. */
const passing = new Set<DatabaseErrorKind>(['unavailable', 'busy', 'conflict'])

/**
 * Applies what is pending in the open transaction and gives the path of the copy that was kept before. Raises
 * `StartError` (70) for whatever must not be committed.
 */
export async function applyMigrations(run: Run): Promise<string | undefined> {
  const { session, engine, pending, log } = run
  const tables = await session.tables()
  const copy = tables.length > 0 && !run.dryRun ? await keepCopy(run) : undefined
  await refuseWriters(session, engine, tables)
  const before = await countRows(session, tables)
  await createLedger(session)
  for (const [index, migration] of pending.entries()) {
    await applyStatements(run, migration)
    const position = run.ledger.length + index
    await enterIntoLedger(session, engine, { ...migration, position })
    log?.info({ migration: migration.name }, 'migration: applied, not yet committed')
  }
  const after = await countRows(session, await session.tables())
  const lost = lostRows(before, after)
  if (lost) throw new StartError(70, `the migrations would lose ${lost}; nothing was applied`)
  await checkReferences(session)
  if (after.has('settings')) await ensureInstanceId(session, engine)
  return copy
}

async function keepCopy({ session, pending }: Run): Promise<string | undefined> {
  try {
    return await session.keepCopy(`before-${pending[0]?.name}`)
  } catch (error) {
    throw failed('no copy of the database could be kept before the migrations', error)
  }
}

async function applyStatements(run: Run, { name, statements }: Migration): Promise<void> {
  const { session, engine } = run
  for (const [index, statement] of statements.entries()) {
    try {
      await session.execute(engine === 'postgres' ? withoutSchema(statement) : statement, [])
    } catch (error) {
      if (isTaken(error, run.ledger)) throw taken(error)
      const place = `statement ${index + 1} of ${statements.length}`
      throw failed(`migration ${name} failed at ${place}`, error)
    }
  }
}

/**
 * drizzle-kit names the schema `public` in references, and there only. Without it every name means the schema of
 * the migration's transaction.
 */
function withoutSchema(statement: string): string {
  return statement.replaceAll('"public".', '')
}

/** Whether the first migration met tables or indexes that are not ours. */
function isTaken(error: unknown, ledger: LedgerEntry[]): boolean {
  return ledger.length === 0 && databaseErrorIn(error)?.code === '42P07'
}

function taken(error: unknown): StartError {
  return new StartError(
    78,
    'the schema holds tables of another program under names that this service needs; nothing was applied: ' +
      'name a schema of its own as DATABASE_SCHEMA, or use another database',
    { cause: error },
  )
}

async function checkReferences(session: MigrationSession): Promise<void> {
  try {
    await session.checkReferences()
  } catch (error) {
    throw failed('after the migrations, rows would refer to rows that are not there', error)
  }
}

/** Gives the database its name for itself, once. */
async function ensureInstanceId(
  session: MigrationSession,
  engine: Database['engine'],
): Promise<void> {
  await session.execute(
    `insert into settings (key, value) values (${placeholders(engine, 2)}) on conflict do nothing`,
    ['instance_id', randomUUIDv7()],
  )
}

function failed(what: string, error: unknown): unknown {
  const failure = databaseErrorIn(error)
  if (failure && passing.has(failure.kind)) return error
  const code = failure?.code ?? failure?.kind ?? 'no code'
  return new StartError(70, `${what} (${code}); nothing was applied`, { cause: error })
}
