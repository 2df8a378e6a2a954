import { asc, gt, sql, type SQL } from 'drizzle-orm'
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core'
import type { Queryable } from '../../database/database.ts'
import { columnsOf } from '../format/codec.ts'
import { run } from '../format/raw-statement.ts'
import type { RegisteredTable } from '../registry.ts'

const mostRows = 1000
const fewestRows = 50
const rowsMeasured = 200
const measuredBytes = 1024 * 1024

/** Says how many rows to ask for, so that what comes is not too much at once. */
export interface PageSize {
  /** For the page after this id; undefined for the first. */
  rows: (after: string | undefined) => number | Promise<number>
  /** Told after each page how long it was. */
  seen: (rows: number, bytes: number) => void
}

/** Asks for so many rows that a page takes about so many bytes, going by the pages before. */
export function createPageSize(bytesWanted = 256 * 1024): PageSize {
  let next = fewestRows
  return {
    rows: () => next,
    seen(rows, bytes) {
      const fitting = Math.floor((bytesWanted * rows) / bytes)
      // Not more than twice as many at once: long rows may follow short ones.
      next = Math.max(1, Math.min(fitting, next * 2, mostRows))
    },
  }
}

/** For rows that may be long: the database tells how long the next ones are, as they are stored, before they are read. */
export function createMeasuredPageSize(
  db: Queryable,
  table: RegisteredTable,
  drizzleTable: PgTable,
): PageSize {
  const columns = columnsOf(table, drizzleTable)
  const id = columns[table.idIndex] as PgColumn
  const bytes = sql.join(
    table.columns.flatMap(({ type }, at) => lengthOf(type, columns[at] as PgColumn)),
    sql` + `,
  )
  const text = db
    .select({ bytes })
    .from(drizzleTable)
    .where(gt(id, ''))
    .orderBy(asc(id))
    .limit(1)
    .toSQL().sql
  let pages: number[] = []

  return {
    async rows(after) {
      if (pages.length === 0) {
        const lengths = await run(db, text, [after ?? '', rowsMeasured])
        pages = pagesOf(lengths.map(([length]) => Number(length)))
      }
      return pages.shift() ?? 0
    },
    seen: () => undefined,
  }
}

/** Neither database reads a document to tell how long it is. */
function lengthOf(type: string, column: PgColumn): SQL[] {
  if (type === 'document') return [sql`octet_length(${column})`]
  return type === 'json' ? [sql`octet_length(cast(${column} as text))`] : []
}

/** How many rows go into each page. */
function pagesOf(lengths: number[]): number[] {
  const pages: number[] = []
  let rows = 0
  let bytes = 0
  for (const length of lengths) {
    if (rows > 0 && bytes + length > measuredBytes) {
      pages.push(rows)
      rows = 0
      bytes = 0
    }
    rows++
    bytes += length
  }
  return rows > 0 ? [...pages, rows] : pages
}
