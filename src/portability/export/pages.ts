import { asc, gt } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { Queryable } from '../../database/database.ts'
import type { RegisteredTable } from '../registry.ts'
import { run } from '../format/raw-statement.ts'
import { columnsOf } from '../format/codec.ts'
import type { PageSize } from './page-size.ts'

/** The rows of a table by primary key, in pages that each begin after the last, as the driver gives them. */
export async function* pagesOf(
  db: Queryable,
  table: RegisteredTable,
  drizzleTable: PgTable,
  size: PageSize,
): AsyncGenerator<unknown[][]> {
  const texts = pageTexts(db, table, drizzleTable)
  let last: string | undefined
  for (;;) {
    const limit = await size.rows(last)
    if (limit === 0) return
    const rows =
      last === undefined
        ? await run(db, texts.first, [limit])
        : await run(db, texts.next, [last, limit])
    // Who takes a page may change its rows, and take them out.
    last = rows.at(-1)?.[table.idIndex] as string | undefined
    const isLast = rows.length < limit
    if (rows.length > 0) yield rows
    if (isLast) return
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
