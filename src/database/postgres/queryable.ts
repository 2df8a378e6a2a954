import { drizzle } from 'drizzle-orm/pg-proxy'
import type { Execute, Queryable } from '../database.ts'
import { useOwnStatements } from '../drizzle.session.ts'

/** drizzle over an `Execute`. */
export function createQueryable(execute: Execute): Queryable {
  const db = drizzle(execute)
  useOwnStatements(db, execute)
  return db
}
