import { asc, getTableColumns, gt, inArray, sql } from 'drizzle-orm'
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core'
import type { Database, Queryable } from '../../../database/database.ts'
import { type RegisteredTable, tableOf } from '../../registry.ts'
import { run } from '../../format/raw-statement.ts'
import { columnsOf, createTableCodec } from '../../format/codec.ts'

export type TableStore = ReturnType<typeof createTableStore>

/** What an import does to one table within its unit; rows are values in declared order. */
export function createTableStore(
  tx: Queryable,
  database: Pick<Database, 'tables'>,
  table: RegisteredTable,
) {
  const drizzleTable = tableOf(database, table)
  const columns = columnsOf(table, drizzleTable)
  const id = columns[table.idIndex] as PgColumn
  const codec = createTableCodec(table, drizzleTable)
  const text = createTexts()
  const proven = provenBy(table)
  const fields = Object.fromEntries(
    table.columns.map(({ key }, at) => [
      key,
      proven.includes(at) ? sql`null` : (columns[at] as PgColumn),
    ]),
  )

  const upsertText = (rows: number) =>
    text(`upsert ${rows}`, () =>
      tx
        .insert(drizzleTable)
        .values(Array.from({ length: rows }, () => blankRow(drizzleTable)))
        .onConflictDoUpdate({ target: id, set: excluded(table, columns) })
        .toSQL(),
    )

  const insertText = (rows: number) =>
    text(`insert ${rows}`, () =>
      tx
        .insert(drizzleTable)
        .values(Array.from({ length: rows }, () => blankRow(drizzleTable)))
        .toSQL(),
    )

  // Their documents are packed in place: what goes to the database need not be kept twice.
  async function write(rows: unknown[][], textFor: (rows: number) => string): Promise<void> {
    if (rows.length === 0) return
    if (codec.documents.length > 0) for (const row of rows) await codec.packDocuments(row)
    await run(tx, textFor(rows.length), rows.flatMap(codec.encode))
  }

  return {
    async isEmpty(): Promise<boolean> {
      return (await tx.select({ id }).from(drizzleTable).limit(1)).length === 0
    },

    async count(): Promise<number> {
      const [row] = await tx.select({ rows: sql`count(*)`.mapWith(Number) }).from(drizzleTable)
      return row?.rows ?? 0
    },

    /** Columns that rows of the same id have alike; `rowsWhere` gives null for them. */
    proven,

    /** The rows whose value of a column is one of these. */
    async rowsWhere(at: number, values: unknown[]): Promise<unknown[][]> {
      if (values.length === 0) return []
      const column = columns[at] as PgColumn
      const query = text(`where ${at} ${values.length}`, () =>
        tx.select(fields).from(drizzleTable).where(inArray(column, values)).toSQL(),
      )
      const rows = await run(tx, query, values)
      for (const row of rows) codec.decode(row)
      if (codec.documents.length > 0) for (const row of rows) await codec.unpackDocuments(row)
      return rows
    },

    insert: (rows: unknown[][]) => write(rows, insertText),
    upsert: (rows: unknown[][]) => write(rows, upsertText),

    /** Gives some columns of one row other values. */
    async update(rowId: string, values: Record<string, unknown>): Promise<void> {
      await tx
        .update(drizzleTable)
        .set(values)
        .where(inArray(id, [rowId]))
    },

    async remove(ids: string[]): Promise<void> {
      if (ids.length > 0) await tx.delete(drizzleTable).where(inArray(id, ids))
    },

    /** All ids in order, in pages. */
    async *ids(): AsyncGenerator<string[]> {
      let after: string | undefined
      for (;;) {
        const rows: { id: unknown }[] = await tx
          .select({ id })
          .from(drizzleTable)
          .where(after === undefined ? undefined : gt(id, after))
          .orderBy(asc(id))
          .limit(idsAtOnce)
        const page = rows.map((row) => row.id as string)
        if (page.length > 0) yield page
        if (page.length < idsAtOnce) return
        after = page.at(-1)
      }
    },
  }
}

const idsAtOnce = 1000

/** Building a statement costs more than running it, and the same ones come again and again. */
function createTexts() {
  const texts = new Map<string, string>()
  return (name: string, build: () => { sql: string }) => {
    const text = texts.get(name) ?? build().sql
    texts.set(name, text)
    return text
  }
}

function blankRow(table: PgTable): Record<string, unknown> {
  return Object.fromEntries(Object.keys(getTableColumns(table)).map((key) => [key, '']))
}

/** The places of columns whose hash is the id: they need not be read to be compared. */
function provenBy({ columns, rules, primaryKey }: RegisteredTable): number[] {
  const rule = rules[primaryKey.key]
  if (rule === undefined || !('sha256Of' in rule)) return []
  return columns.flatMap(({ key }, at) => (key === rule.sha256Of ? [at] : []))
}

function excluded(table: RegisteredTable, columns: PgColumn[]): Record<string, unknown> {
  return Object.fromEntries(
    table.columns.flatMap(({ key }, at) =>
      at === table.idIndex ? [] : [[key, sql`excluded.${sql.identifier(columns[at]?.name ?? '')}`]],
    ),
  )
}
