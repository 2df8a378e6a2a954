import type BetterSqlite3 from 'better-sqlite3'
import type { DatabaseLog } from '../database.ts'
import type { Connection } from './connection.ts'
import { classify } from './errors.ts'

/** Runs a statement at once: `Execute`, before it is made a promise. */
export type Run = (sql: string, params: unknown[]) => { rows: unknown[][] }

export interface StatementOptions {
  slowQueryMs: number
  logQueries?: boolean
  log: DatabaseLog
}

interface Prepared {
  statement: BetterSqlite3.Statement<unknown[], unknown[]>
  givesRows: boolean
}

/** The service has some hundred statements of its own; those that filters make up come on top. */
const generation = 500

/** Statements of one connection by their SQL text. What was not used for a whole generation is let go. */
export function createRun(
  connection: Connection,
  { slowQueryMs, logQueries, log }: StatementOptions,
): Run {
  let young = new Map<string, Prepared>()
  let old = new Map<string, Prepared>()

  function prepared(sql: string): Prepared {
    return young.get(sql) ?? keep(sql, old.get(sql) ?? prepare(sql))
  }

  function keep(sql: string, entry: Prepared): Prepared {
    if (young.size >= generation) {
      old = young
      young = new Map()
    }
    young.set(sql, entry)
    return entry
  }

  function prepare(sql: string): Prepared {
    const statement = connection.prepare<unknown[], unknown[]>(sql)
    const givesRows = statement.reader
    return { statement: givesRows ? statement.raw() : statement, givesRows }
  }

  function fail(error: unknown, sql: string): never {
    const classified = classify(error)
    if (classified.kind === 'other') {
      // SQLite speaks of the statement alone while it prepares it; later its words may hold values.
      const reason = young.has(sql) || !(error instanceof Error) ? undefined : error.message
      log.error({ sql, code: classified.code, reason }, 'database: a statement failed')
    }
    throw classified
  }

  return function run(sql, params) {
    const startedAt = performance.now()
    try {
      const { statement, givesRows } = prepared(sql)
      const bound = bindable(params)
      if (givesRows) return { rows: statement.all(bound) }
      statement.run(bound)
      return { rows: [] }
    } catch (error) {
      return fail(error, sql)
    } finally {
      const ms = performance.now() - startedAt
      if (logQueries) log.info({ sql, ms }, 'database: query')
      if (slowQueryMs > 0 && ms > slowQueryMs) log.warn({ sql, ms }, 'database: slow query')
    }
  }
}

/** SQLite has no booleans: they are 0 and 1. */
function bindable(params: unknown[]): unknown[] {
  if (!params.some((value) => typeof value === 'boolean')) return params
  return params.map((value) => (typeof value === 'boolean' ? Number(value) : value))
}
