import BetterSqlite3 from 'better-sqlite3'
import type postgres from 'postgres'
import type { DatabaseOptions } from '../src/database/database.ts'
import { openDatabase } from '../src/database/index.ts'
import { parseTarget, type Target } from '../src/database/target/target.ts'
import { announcementRows, editorId, editorRows, type Row, type Rows } from './data.ts'
import { onServer } from './on-server.ts'
import { addSpecs } from './specs.data.ts'

/** Where a database is, as the service's environment says it. */
export type Place = { SQLITE_PATH: string } | { DATABASE_URL: string }

/** What is in it beside an editor and his session. */
export type Content = 'announcements' | { specs: number }

/** Fills a new database, and has it count what it holds, as one does that was in use for a while. */
export async function fill(place: Place, content: Content): Promise<void> {
  const rows = { ...editorRows(), ...(content === 'announcements' && announcementRows()) }
  const specs = content === 'announcements' ? 0 : content.specs
  if ('SQLITE_PATH' in place) await fillSqlite(place.SQLITE_PATH, { rows, specs })
  else await fillPostgres(place.DATABASE_URL, { rows, specs })
}

interface Work {
  rows: Rows
  specs: number
}

async function fillSqlite(file: string, { rows, specs }: Work) {
  const database = new BetterSqlite3(file, { fileMustExist: true })
  insertIntoSqlite(database, rows)
  if (specs > 0) await addToTarget({ kind: 'sqlite', file }, specs)
  database.exec('analyze')
  database.pragma('wal_checkpoint(TRUNCATE)')
  database.close()
}

function insertIntoSqlite(database: BetterSqlite3.Database, tables: Rows) {
  database.exec('begin')
  for (const [table, rows] of Object.entries(tables)) {
    const names = Object.keys(rows[0] as Row)
    const insert = database.prepare(
      `insert into ${table} (${names.join(', ')}) values (${names.map(() => '?').join(', ')})`,
    )
    for (const row of rows) {
      insert.run(Object.values(row).map((value) => (typeof value === 'boolean' ? +value : value)))
    }
  }
  database.exec('commit')
}

const rowsAtOnce = 1000

async function fillPostgres(url: string, { rows, specs }: Work) {
  await onServer(url, async (sql) => {
    for (const [table, all] of Object.entries(rows)) {
      for (let at = 0; at < all.length; at += rowsAtOnce) {
        await sql`insert into ${sql(table)} ${sql(all.slice(at, at + rowsAtOnce))}`
      }
    }
    if (specs > 0) {
      await withoutSearchIndex(sql, () => addToTarget(parseTarget(url).target, specs))
    }
    await sql`vacuum analyze`
    await sql`checkpoint`
  })
}

/** A GIN index is made in seconds of all rows at once, and in minutes row by row. */
async function withoutSearchIndex(sql: postgres.Sql, work: () => Promise<void>) {
  const [index] = await sql`select indexdef from pg_indexes where indexname = 'spec_tokens_vector'`
  await sql`drop index spec_tokens_vector`
  await work()
  await sql.unsafe(index?.indexdef as string)
}

const ignore = () => undefined
const options: DatabaseOptions = {
  poolMax: 2,
  poolMode: 'auto',
  idleTimeoutMs: 30_000,
  maxLifetimeMs: 1_800_000,
  connectTimeoutMs: 10_000,
  queryTimeoutMs: 60_000,
  slowQueryMs: 0,
  log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
}

async function addToTarget(target: Target, count: number) {
  const database = openDatabase(target, options)
  await database.open()
  try {
    await addSpecs(database, { count, ownerId: editorId })
  } finally {
    await database.close()
  }
}
