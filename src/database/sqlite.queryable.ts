import type { SQL } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/sqlite-proxy'
import type { Execute, Queryable } from './database.ts'

/** The part of drizzle's session that every query is made by; its types leave it out. */
interface Session {
  prepareQuery: (...args: unknown[]) => object
}

/** drizzle over an `Execute`, with PostgreSQL's face. */
export function createQueryable(execute: Execute): Queryable {
  const db = drizzle(async (sql, params, method) => {
    const { rows } = await execute(sql, params)
    return { rows: method === 'get' ? (rows[0] as unknown[]) : rows }
  })
  leaveErrorsAsTheyAre((db as unknown as { session: Session }).session)
  return Object.assign(db, {
    /** PostgreSQL's word for a raw statement: rows as arrays. */
    execute: (query: SQL) => db.values(query),
    transaction: () => Promise.reject(new Error('transactions are units of work')),
  }) as unknown as Queryable
}

/** drizzle wraps them, with every parameter in the message, where it would look into a cache. There is none here. */
function leaveErrorsAsTheyAre(session: Session): void {
  const prepare = session.prepareQuery.bind(session)
  session.prepareQuery = (...args) => Object.assign(prepare(...args), { queryWithCache: straight })
}

function straight<Result>(_sql: string, _params: unknown[], query: () => Result): Result {
  return query()
}
