import { gunzipSync, gzipSync } from 'node:zlib'
import { getTableColumns } from 'drizzle-orm'
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core'
import { ExportError } from '../portability.errors.ts'
import type { RegisteredTable } from '../registry.ts'

/**
 * Between a row as the driver has it and its values as an export has them, both in declared order: a document is
 * gzipped in the one and text in the other.
 */
export interface TableCodec {
  /** Works in place. Raises `ExportError` for an integer that JSON cannot hold exactly. */
  decode: (row: unknown[]) => unknown[]
  encode: (values: readonly unknown[]) => unknown[]
}

export function createTableCodec(table: RegisteredTable, drizzleTable: PgTable): TableCodec {
  const columns = columnsOf(table, drizzleTable)
  // Text is stored as it is, on both.
  const others = columns.flatMap((column, at) => {
    const type = table.columns[at]?.type
    return type === 'text' || type === 'document' ? [] : [{ at, column }]
  })
  const documents = table.columns.flatMap(({ type }, at) => (type === 'document' ? [at] : []))
  const integers = table.columns.flatMap(({ type }, at) => (type === 'integer' ? [at] : []))

  return {
    decode(row) {
      for (const { at, column } of others) {
        if (row[at] !== null) row[at] = column.mapFromDriverValue(row[at])
      }
      for (const at of documents) row[at] = textOf(row[at] as Uint8Array)
      for (const at of integers) {
        if (row[at] === null || Number.isSafeInteger(row[at])) continue
        throw new ExportError(
          `${table.name}.${table.columns[at]?.name} holds an integer beyond 2^53 - 1`,
        )
      }
      return row
    },
    encode: (values) =>
      values.map((value, at) => {
        if (value === null) return null
        return documents.includes(at) ? pack(value as string) : columns[at]?.mapToDriverValue(value)
      }),
  }
}

function textOf(content: Uint8Array): string {
  return gunzipSync(content).toString()
}

/** The same bytes as an upload's, so that whoever has the document still has it by its ETag. */
function pack(text: string): Buffer {
  return gzipSync(text)
}

/** drizzle's columns in declared order. */
export function columnsOf(table: RegisteredTable, drizzleTable: PgTable): PgColumn[] {
  const byKey = getTableColumns(drizzleTable)
  return table.columns.map(({ key }) => byKey[key] as PgColumn)
}
