import { PgSchema } from 'drizzle-orm/pg-core'
import { postgresColumns, type Columns } from './postgres.columns.ts'
import { defineTables, type Tables } from './tables.ts'

/** Without a schema: what the neutral model is read from, and the migrations are generated from. */
export const postgresTables = defineTables(postgresColumns)

/** The tables in a schema: every statement names it, `public` too, so that no search path leads it elsewhere. */
export function postgresTablesIn(schema: string): Tables {
  // Not pgSchema(), which refuses `public`.
  const table = new PgSchema(schema).table as unknown as Columns['table']
  return defineTables({ ...postgresColumns, table })
}
