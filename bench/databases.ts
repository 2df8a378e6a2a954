import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import postgres from 'postgres'
import { startPostgres } from '../test/support/postgres.setup.ts'
import { benchRows, type Row } from './data.ts'
import { cleanEnvironment, root } from './server.ts'

export type Engine = 'sqlite' | 'postgres'
export type Databases = ReturnType<typeof createDatabases>

/** Seeded databases for the rows; files below `folder`, for a folder of temporary files is often kept in memory. */
export function createDatabases(folder: string) {
  const cleanUps: (() => Promise<void> | void)[] = []
  const shared: Partial<Record<Engine, Promise<Record<string, string>>>> = {}
  let serverUrl: Promise<string> | undefined

  async function findServer(): Promise<string> {
    const given = process.env.BENCH_DATABASE_URL
    if (given) return given
    const server = await startPostgres()
    cleanUps.unshift(() => server.stop())
    return server.url
  }

  async function createPostgres(): Promise<Record<string, string>> {
    const server = await (serverUrl ??= findServer())
    const name = `bench_${randomBytes(6).toString('hex')}`
    await onServer(server, (sql) => sql.unsafe(`create database ${name}`))
    cleanUps.push(() => onServer(server, (sql) => sql.unsafe(`drop database ${name} with (force)`)))
    const url = new URL(server)
    url.pathname = `/${name}`
    migrate({ DATABASE_URL: url.href })
    await onServer(url.href, seedPostgres)
    return { DATABASE_URL: url.href }
  }

  function createSqlite(): Record<string, string> {
    const file = join(mkdtempSync(join(folder, 'data-')), 'bench.db')
    migrate({ SQLITE_PATH: file })
    seedSqlite(file)
    return { SQLITE_PATH: file }
  }

  /** A database of its own: the environment that names it. */
  async function create(engine: Engine): Promise<Record<string, string>> {
    return engine === 'sqlite' ? createSqlite() : createPostgres()
  }

  return {
    create,
    /** One for all that only read. */
    shared: (engine: Engine) => (shared[engine] ??= create(engine)),
    async remove() {
      for (const cleanUp of cleanUps.toReversed()) await cleanUp()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function migrate(environment: Record<string, string>) {
  const env = { ...cleanEnvironment(), ...environment }
  execFileSync(process.execPath, [join(root, 'dist/cli.js'), 'migrate'], { cwd: root, env })
}

function seedSqlite(file: string) {
  const database = new BetterSqlite3(file, { fileMustExist: true })
  database.exec('begin')
  for (const [table, rows] of Object.entries(benchRows())) {
    const names = Object.keys(rows[0] as Row)
    const insert = database.prepare(
      `insert into ${table} (${names.join(', ')}) values (${names.map(() => '?').join(', ')})`,
    )
    for (const row of rows) {
      insert.run(Object.values(row).map((value) => (typeof value === 'boolean' ? +value : value)))
    }
  }
  database.exec('commit; analyze; pragma wal_checkpoint(TRUNCATE)')
  database.close()
}

const rowsAtOnce = 1000

async function seedPostgres(sql: postgres.Sql) {
  for (const [table, rows] of Object.entries(benchRows())) {
    for (let at = 0; at < rows.length; at += rowsAtOnce) {
      await sql`insert into ${sql(table)} ${sql(rows.slice(at, at + rowsAtOnce))}`
    }
  }
  await sql`vacuum analyze`
}

async function onServer(url: string, work: (sql: postgres.Sql) => Promise<unknown>) {
  const sql = postgres(url, { max: 1, onnotice: () => undefined })
  try {
    await work(sql)
  } finally {
    await sql.end()
  }
}
