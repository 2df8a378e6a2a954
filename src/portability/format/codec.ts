import { getTableColumns } from 'drizzle-orm'
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core'
import { ExportError } from '../portability.errors.ts'
import type { RegisteredTable } from '../registry.ts'

/** Between a row as the driver has it and its values as an export has them, both in declared order. */
export interface TableCodec {
  /** Works in place. Raises `ExportError` for an integer that JSON cannot hold exactly. */
  decode: (row: unknown[]) => unknown[]
  encode: (values: readonly unknown[]) => unknown[]
}

export function createTableCodec(table: RegisteredTable, drizzleTable: PgTable): TableCodec {
  const columns = columnsOf(table, drizzleTable)
  // Text is stored as it is, on both.
  const others = columns.flatMap((column, at) =>
    table.columns[at]?.type === 'text' ? [] : [{ at, column }],
  )
  const integers = table.columns.flatMap(({ type }, at) => (type === 'integer' ? [at] : []))

  return {
    decode(row) {
      for (const { at, column } of others) {
        if (row[at] !== null) row[at] = column.mapFromDriverValue(row[at])
      }
      for (const at of integers) {
        if (row[at] === null || Number.isSafeInteger(row[at])) continue
        throw new ExportError(
          `${table.name}.${table.columns[at]?.name} holds an integer beyond 2^53 - 1`,
        )
      }
      return row
    },
    encode: (values) =>
      values.map((value, at) => (value === null ? null : columns[at]?.mapToDriverValue(value))),
  }
}

/** drizzle's columns in declared order. */
export function columnsOf(table: RegisteredTable, drizzleTable: PgTable): PgColumn[] {
  const byKey = getTableColumns(drizzleTable)
  return table.columns.map(({ key }) => byKey[key] as PgColumn)
}
