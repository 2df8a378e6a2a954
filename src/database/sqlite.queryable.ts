import type { SQL } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/sqlite-proxy'
import type { Execute, Queryable } from './database.ts'
import { useOwnStatements } from './statement.ts'

/** drizzle over an `Execute`, with PostgreSQL's face. */
export function createQueryable(execute: Execute): Queryable {
  const db = drizzle(async (sql, params, method) => {
    const { rows } = await execute(sql, params)
    return { rows: method === 'get' ? (rows[0] as unknown[]) : rows }
  })
  useOwnStatements(db, execute)
  return Object.assign(db, {
    /** PostgreSQL's word for a raw statement: rows as arrays. */
    execute: (query: SQL) => db.values(query),
    transaction: () => Promise.reject(new Error('transactions are units of work')),
  }) as unknown as Queryable
}
