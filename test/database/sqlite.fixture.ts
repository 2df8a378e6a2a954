import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Database, DatabaseOptions } from '../../src/database/database.ts'
import { readMigrations } from '../../src/database/migrations/manifest.ts'
import { openSqlite } from '../../src/database/sqlite/sqlite.ts'
import type { Tables } from '../../src/database/tables/tables.ts'

export const options: DatabaseOptions = {
  poolMax: 2,
  poolMode: 'auto',
  idleTimeoutMs: 30_000,
  maxLifetimeMs: 1_800_000,
  connectTimeoutMs: 10_000,
  queryTimeoutMs: 5000,
  slowQueryMs: 0,
  log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
}

function ignore() {
  // Tests that look at the log bring their own.
}

/** A folder that goes after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** An open database with the service's tables, closed after the test. */
export async function openTestDatabase(
  changes: Partial<DatabaseOptions> = {},
  file = join(temporaryFolder(), 'test.db'),
) {
  const database = openSqlite({ kind: 'sqlite', file }, { ...options, ...changes })
  onTestFinished(() => database.close())
  await database.open()
  await createTables(database)
  return { database, file, tables: database.tables, db: database.db }
}

/** The service's tables, without a ledger, unless they are there. */
export function createTables(database: Database): Promise<void> {
  return database.migration(async ({ tables, execute }) => {
    if ((await tables()).length > 0) return { commit: false, result: undefined }
    for (const { statements } of readMigrations('sqlite')) {
      for (const statement of statements) await execute(statement, [])
    }
    return { commit: true, result: undefined }
  })
}

export function userRow(username: string): Tables['users']['$inferInsert'] {
  const now = new Date().toISOString()
  return {
    id: randomUUID(),
    username,
    email: null,
    role: 'member',
    status: 'active',
    passwordHash: null,
    createdAt: now,
    updatedAt: now,
  }
}

/** How many transactions the log of a file holds: its frames that end one. */
export function commitsInLog(file: string): number {
  const log = readFileSync(`${file}-wal`)
  const frameBytes = 24 + log.readUInt32BE(8)
  let commits = 0
  for (let at = 32; at + frameBytes <= log.length; at += frameBytes) {
    const sameSalt = log.compare(log, 16, 24, at + 8, at + 16) === 0
    if (sameSalt && log.readUInt32BE(at + 4) > 0) commits += 1
  }
  return commits
}

export function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index)
}
