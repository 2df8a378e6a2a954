import type { SQL } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/sqlite-proxy'
import type { Execute, Queryable } from '../database.ts'
import { useOwnStatements } from '../drizzle.session.ts'

/** The part of drizzle that writes a parameter into the SQL; its types leave it out. */
interface Dialect {
  escapeParam: () => string
}

/** drizzle over an `Execute`, with PostgreSQL's face. */
export function createQueryable(execute: Execute): Queryable {
  const db = drizzle(async (sql, params, method) => {
    const { rows } = await execute(sql, params)
    return { rows: method === 'get' ? (rows[0] as unknown[]) : rows }
  })
  // SQLite plans a statement anew when a bare parameter that its plan looked at is bound again, which takes longer
  // than most queries; what an expression will be it does not ask.
  const { dialect } = db as unknown as { dialect: Dialect }
  dialect.escapeParam = () => '+?'
  useOwnStatements(db, execute)
  return Object.assign(db, {
    /** PostgreSQL's word for a raw statement: rows as arrays. */
    execute: (query: SQL) => db.values(query),
    transaction: () => Promise.reject(new Error('transactions are units of work')),
  }) as unknown as Queryable
}
