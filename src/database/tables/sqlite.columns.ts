import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import type { Columns } from './postgres.columns.ts'

/** How SQLite stores each kind of column; the values that they give are PostgreSQL's. */
export const sqliteColumns = {
  table: sqliteTable,
  index,
  uniqueIndex,
  text: (name: string) => text(name),
  integer: (name: string) => integer(name),
  boolean: (name: string) => integer(name, { mode: 'boolean' }),
  timestamp: (name: string) => text(name),
} as unknown as Columns
