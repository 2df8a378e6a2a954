import { customType, index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import type { Columns } from './postgres.columns.ts'

const json = customType<{ data: unknown; driverData: string }>({
  dataType: () => 'text',
  fromDriver: (value) => JSON.parse(value) as unknown,
  toDriver: (value) => JSON.stringify(value),
})

const document = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => 'blob' })

/** How SQLite stores each kind of column; the values that they give are PostgreSQL's. */
export const sqliteColumns = {
  table: sqliteTable,
  index,
  uniqueIndex,
  text: (name: string) => text(name),
  integer: (name: string) => integer(name),
  boolean: (name: string) => integer(name, { mode: 'boolean' }),
  timestamp: (name: string) => text(name),
  json: (name: string) => json(name),
  document: (name: string) => document(name),
} as unknown as Columns
