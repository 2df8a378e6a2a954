import { asc, gt } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { Queryable } from '../../database/database.ts'
import type { RegisteredTable } from '../registry.ts'
import { run } from '../format/raw-statement.ts'
import { columnsOf, createTableCodec } from '../format/codec.ts'

const mostRows = 1000
const fewestRows = 50

/** Asks for so many rows that a page takes about so many bytes. */
export interface PageSize {
  rows: number
  /** Told after each page how long it was. */
  seen: (rows: number, bytes: number) => void
}

export function createPageSize(bytesWanted = 256 * 1024): PageSize {
  const size = {
    rows: fewestRows,
    seen(rows: number, bytes: number) {
      const fitting = Math.floor((bytesWanted * rows) / bytes)
      // Not more than twice as many at once: long rows may follow short ones.
      size.rows = Math.max(1, Math.min(fitting, size.rows * 2, mostRows))
    },
  }
  return size
}

/** The rows of a table by primary key, in pages that each begin after the last, as values in declared order. */
export async function* pagesOf(
  db: Queryable,
  table: RegisteredTable,
  drizzleTable: PgTable,
  size: PageSize,
): AsyncGenerator<unknown[][]> {
  const { decode } = createTableCodec(table, drizzleTable)
  const texts = pageTexts(db, table, drizzleTable)
  let params: unknown[] = []
  for (;;) {
    const limit = size.rows
    const rows = await run(db, params.length === 0 ? texts.first : texts.next, [...params, limit])
    for (const row of rows) decode(row)
    if (rows.length > 0) yield rows
    if (rows.length < limit) return
    params = [rows.at(-1)?.[table.idIndex]]
  }
}

function pageTexts(db: Queryable, table: RegisteredTable, drizzleTable: PgTable) {
  const id = columnsOf(table, drizzleTable)[table.idIndex]
  if (!id) throw new Error(`the table ${table.name} has no primary key`)
  const all = () => db.select().from(drizzleTable)
  return {
    first: all().orderBy(asc(id)).limit(1).toSQL().sql,
    next: all().where(gt(id, '')).orderBy(asc(id)).limit(1).toSQL().sql,
  }
}
