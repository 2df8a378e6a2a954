import postgres from 'postgres'
import { onTestFinished } from 'vitest'
import type { Database, DatabaseOptions } from '../../src/database/database.ts'
import { databaseErrorIn } from '../../src/database/database.errors.ts'
import { readMigrations } from '../../src/database/migrations/manifest.ts'
import { openPostgres } from '../../src/database/postgres/postgres.ts'
import type { PostgresTarget } from '../../src/database/target/target.ts'
import { databaseOptions } from '../support/database.options.ts'

export { databaseOptions as defaults, quiet } from '../support/database.options.ts'

/** How often a heavy trial is repeated; a whole run of reliability.md takes more. */
export const trials = Number(process.env.HOLDFAST_TRIALS ?? 0)

export function targetOf(url: string, more: Partial<PostgresTarget> = {}): PostgresTarget {
  const { hostname, port, pathname, username, password } = new URL(url)
  const database = pathname.slice(1)
  return {
    kind: 'postgres',
    host: hostname,
    port: Number(port),
    database,
    user: username,
    password,
    ssl: 'disable',
    applicationName: 'under test',
    ...more,
  }
}

/** An instance of the service's database, closed after the test. */
export function openTest(
  url: string,
  options: Partial<DatabaseOptions> = {},
  target: Partial<PostgresTarget> = {},
): Database {
  const database = openPostgres(targetOf(url, target), { ...databaseOptions, ...options })
  onTestFinished(() => database.close())
  return database
}

/** The service's tables, without a ledger, and two more to count in. */
export async function createTables(database: Database): Promise<void> {
  const statements = readMigrations('postgres').flatMap((migration) => migration.statements)
  await database.migration(async ({ execute }) => {
    for (const statement of statements) await execute(statement, [])
    await execute('create table tallies (name text primary key, value integer not null)', [])
    await execute('create table marks (id text primary key, note text)', [])
    return { commit: true, result: undefined }
  })
}

/** A plain connection, to look at the server from outside; closed after the test. */
export function observe(url: string): postgres.Sql {
  const sql = postgres(url, { max: 1, onnotice: () => undefined })
  onTestFinished(() => sql.end({ timeout: 1 }))
  return sql
}

export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** What work was rejected with, out of drizzle's wrapping; undefined when it was not. */
export async function failureOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work
    return undefined
  } catch (error) {
    return databaseErrorIn(error) ?? error
  }
}
