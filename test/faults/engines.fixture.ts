import BetterSqlite3 from 'better-sqlite3'
import postgres from 'postgres'
import type { Row } from '../support/history.ts'
import { createPostgres, createSqlite, type TestDatabase } from '../support/databases.ts'

/** What these tests want to know of a database, past the service. */
export interface Observed {
  engine: 'sqlite' | 'postgres'
  create: () => Promise<TestDatabase>
  rows: (url: string) => Promise<Row[]>
  /** What is wrong with it after a crash; empty when nothing is. */
  findings: (url: string) => Promise<string[]>
  /** Runs a statement of the test's own. */
  run: (url: string, statement: string) => Promise<void>
}

const announcements = 'select id, title, revision from announcements'

export const engines: Observed[] = [
  {
    engine: 'sqlite',
    create: createSqlite,
    rows: (url) => onFile(url, (db) => db.prepare(announcements).all() as Row[]),
    findings: (url) =>
      onFile(url, (db) => {
        const broken = db.pragma('integrity_check', { simple: true })
        const orphans = db.pragma('foreign_key_check') as object[]
        return [
          ...(broken === 'ok' ? [] : [String(broken)]),
          ...orphans.map((orphan) => JSON.stringify(orphan)),
        ]
      }),
    run: (url, statement) => onFile(url, (db) => void db.exec(statement)),
  },
  {
    engine: 'postgres',
    create: createPostgres,
    rows: (url) => onServer(url, async (sql) => [...(await sql.unsafe<Row[]>(announcements))]),
    findings: (url) =>
      onServer(url, async (sql) => {
        const found = await sql<{ finding: string }[]>`
          select 'session ' || pid || ' is ' || state as finding from pg_stat_activity
            where datname = current_database() and state like 'idle in transaction%'
          union all
          select 'lock ' || locktype || ' of ' || coalesce(pid, 0) from pg_locks
            where locktype = 'advisory'
              and database = (select oid from pg_database where datname = current_database())`
        return found.map(({ finding }) => finding)
      }),
    run: (url, statement) => onServer(url, async (sql) => void (await sql.unsafe(statement))),
  },
]

export function fileOf(url: string): string {
  return url.replace(/^sqlite:\/\/\//, '')
}

/** A connection of the test's own to the file. */
export function onFile<Result>(
  url: string,
  work: (db: BetterSqlite3.Database) => Result,
): Promise<Result> {
  const db = new BetterSqlite3(fileOf(url), { fileMustExist: true, timeout: 5000 })
  try {
    return Promise.resolve(work(db))
  } finally {
    db.close()
  }
}

/** A connection of the test's own to the server. */
export async function onServer<Result>(
  url: string,
  work: (sql: postgres.Sql) => Promise<Result>,
): Promise<Result> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined })
  try {
    return await work(sql)
  } finally {
    await sql.end({ timeout: 1 })
  }
}
