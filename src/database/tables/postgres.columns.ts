import { bigint, boolean, customType, index, pgTable, uniqueIndex } from 'drizzle-orm/pg-core'

/** `2026-11-20 10:03:21.1+00` as PostgreSQL writes it (DateStyle ISO, TimeZone UTC) → `2026-11-20T10:03:21.100Z`. */
export function isoFromPostgres(text: string): string {
  const fraction = text.length > 22 ? text.slice(20, -3).padEnd(3, '0') : '000'
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${fraction}Z`
}

/** Collation "C" sorts by bytes, as SQLite does. */
const text = customType<{ data: string; driverData: string }>({
  dataType: () => 'text COLLATE "C"',
})

const timestamp = customType<{ data: string; driverData: string }>({
  dataType: () => 'timestamp (3) with time zone',
  fromDriver: isoFromPostgres,
})

const json = customType<{ data: unknown; driverData: string }>({
  dataType: () => 'json',
  fromDriver: (text) => JSON.parse(text) as unknown,
  toDriver: (value) => JSON.stringify(value),
})

const document = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => 'bytea' })

/** How PostgreSQL stores each kind of column. Its types stand for both dialects. */
export const postgresColumns = {
  table: pgTable,
  index,
  uniqueIndex,
  text: (name: string) => text(name),
  integer: (name: string) => bigint(name, { mode: 'number' }),
  boolean: (name: string) => boolean(name),
  timestamp: (name: string) => timestamp(name),
  /** Kept as the text that JSON.stringify makes of it. */
  json: (name: string) => json(name),
  /** UTF-8, gzipped; an export holds its text. */
  document: (name: string) => document(name),
}

export type Columns = typeof postgresColumns
