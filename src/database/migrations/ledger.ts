import { sql } from 'drizzle-orm'
import type { Database, MigrationSession } from '../database.ts'
import { literal } from '../names.ts'
import type { Migration } from './manifest.ts'

/** A migration that this database has seen. */
export interface LedgerEntry {
  name: string
  sha256: string
  compatible: boolean
  appliedAt: string
}

/** The same on both engines: integers for truth values, ISO 8601 for times. */
const definition = `create table if not exists holdfast_migrations (
  name text primary key not null,
  position integer not null unique,
  sha256 text not null,
  compatible integer not null,
  applied_at text not null
)`

const columns = ['name', 'sha256', 'compatible', 'applied_at']

/**
 * What the engine calls its list of tables. PostgreSQL's is read as a table, not by to_regclass(): that answers from
 * a cache, which after waiting for a lock is of the time before.
 */
const existence: Record<Database['engine'], (schema?: string) => string> = {
  sqlite: () =>
    `(select 1 from sqlite_schema where type = 'table' and name = 'holdfast_migrations') as found`,
  postgres: (schema = '') =>
    `(select 1 from pg_catalog.pg_class as t join pg_catalog.pg_namespace as s on s.oid = t.relnamespace
      where t.relname = 'holdfast_migrations' and s.nspname = ${literal(schema)}) as found`,
}

type Ledgered = Pick<Database, 'engine' | 'schema' | 'tableName'>

type Read = (columns: string[], from: string) => Promise<unknown[][]>

/** Reads the ledger without a lock, oldest first; an empty database has an empty one. */
export function readLedger(database: Database): Promise<LedgerEntry[]> {
  return read(database, async (columns, from) => {
    const fields = Object.fromEntries(columns.map((column) => [column, sql.raw(column)]))
    const rows = await database.db.select(fields).from(sql.raw(from))
    return rows.map((row) => columns.map((column) => row[column]))
  })
}

/** Reads the ledger as the migration's transaction sees it, under its lock. */
export function readLedgerIn(
  session: MigrationSession,
  database: Ledgered,
): Promise<LedgerEntry[]> {
  return read(database, async (columns, from) => {
    const { rows } = await session.execute(`select ${columns.join(', ')} from ${from}`, [])
    return rows
  })
}

export async function createLedger(session: MigrationSession): Promise<void> {
  await session.execute(definition, [])
}

/** Records a migration, in the transaction that applies it. */
export async function enterIntoLedger(
  session: MigrationSession,
  engine: Database['engine'],
  migration: Migration & { position: number },
): Promise<void> {
  await session.execute(
    `insert into holdfast_migrations (name, position, sha256, compatible, applied_at)
     values (${placeholders(engine, 5)})`,
    [
      migration.name,
      migration.position,
      migration.sha256,
      migration.compatible ? 1 : 0,
      new Date().toISOString(),
    ],
  )
}

/** `$1, $2` or `?, ?`. */
export function placeholders(engine: Database['engine'], count: number): string {
  const marks = Array.from({ length: count }, (_, index) =>
    engine === 'postgres' ? `$${index + 1}` : '?',
  )
  return marks.join(', ')
}

async function read(database: Ledgered, rowsOf: Read): Promise<LedgerEntry[]> {
  const found = await rowsOf(['1'], existence[database.engine](database.schema))
  if (found.length === 0) return []
  const rows = await rowsOf(
    columns,
    `(select * from ${database.tableName('holdfast_migrations')} order by position) as ledger`,
  )
  return rows.map(([name, sha256, compatible, appliedAt]) => ({
    name: String(name),
    sha256: String(sha256),
    compatible: Number(compatible) === 1,
    appliedAt: String(appliedAt),
  }))
}
