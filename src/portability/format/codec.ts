import { getTableColumns } from 'drizzle-orm'
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core'
import { pack, unpack } from '../../gzip.ts'
import { ExportError } from '../portability.errors.ts'
import type { RegisteredTable } from '../registry.ts'

/**
 * Between a row as the driver has it and its values as an export has them, both in declared order. Works in place.
 * Documents, gzipped in the one and text in the other, take a step of their own: another thread does it.
 */
export interface TableCodec {
  /** Leaves documents as they are. Raises `ExportError` for an integer that JSON cannot hold exactly. */
  decode: (row: unknown[]) => unknown[]
  /** Takes documents as they are. */
  encode: (values: readonly unknown[]) => unknown[]
  /** The places of the documents. */
  documents: number[]
  packDocuments: (row: unknown[]) => Promise<void>
  unpackDocuments: (row: unknown[]) => Promise<void>
}

export function createTableCodec(table: RegisteredTable, drizzleTable: PgTable): TableCodec {
  const columns = columnsOf(table, drizzleTable)
  const places = (wanted: (type: string) => boolean) =>
    table.columns.flatMap(({ type }, at) => (wanted(type) ? [at] : []))
  // Text is stored as it is, on both.
  const mapped = places((type) => type !== 'text' && type !== 'document')
  const integers = places((type) => type === 'integer')
  const documents = places((type) => type === 'document')

  return {
    documents,
    decode(row) {
      for (const at of mapped) {
        if (row[at] !== null) row[at] = columns[at]?.mapFromDriverValue(row[at])
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
    async packDocuments(row) {
      for (const at of documents) {
        if (row[at] !== null) row[at] = await pack(row[at] as string)
      }
    },
    async unpackDocuments(row) {
      for (const at of documents) {
        if (row[at] !== null) row[at] = (await unpack(row[at] as Uint8Array)).toString()
      }
    },
  }
}

/** drizzle's columns in declared order. */
export function columnsOf(table: RegisteredTable, drizzleTable: PgTable): PgColumn[] {
  const byKey = getTableColumns(drizzleTable)
  return table.columns.map(({ key }) => byKey[key] as PgColumn)
}
