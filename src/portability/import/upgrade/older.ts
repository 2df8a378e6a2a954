import { databaseErrorIn } from '../../../database/database.errors.ts'
import type { Database, Queryable } from '../../../database/database.ts'
import { pack } from '../../../gzip.ts'
import { compareBytes } from '../../format/byte-order.ts'
import { createDocument, type Credentials, type Schema } from '../../format/document.ts'
import { longestRow } from '../check/check.ts'
import { compareFooter, credentialsOf, readFooter } from '../check/footer.ts'
import { createOlderRowReader, type OlderTable } from './older-row.ts'
import { refusal } from '../check/row.ts'
import type { JsonReader } from '../source/json-reader.ts'
import { ImportError } from '../../portability.errors.ts'
import { registry, type RegisteredTable } from '../../registry.ts'
import { run } from '../../format/raw-statement.ts'

export interface OlderSchema {
  /** Of the import. */
  schema: Schema
  /** Today's. */
  tables: RegisteredTable[]
}

/** What an import of an older schema was found to have. */
export interface OlderContent {
  credentials: Credentials
  /** The columns of each table that came with it, by name. */
  columns: Map<string, string[]>
}

/**
 * Loads the tables of an import of an older schema into a database of that schema, by the names of their columns, and
 * checks its order and its hashes. What the values may be is checked when they have become rows of today.
 */
export async function loadOlder(
  reader: JsonReader,
  scratch: Database,
  { schema, tables }: OlderSchema,
): Promise<OlderContent> {
  const document = createDocument(schema)
  document.start()
  const came = new Map<string, string[]>()
  await scratch.unitOfWork({ deadline: 'bulk' }, async (tx) => {
    came.clear()
    const there = await olderTables(tx)
    for (const { class: kind, name } of registry) if (kind === 'transient') there.delete(name)
    const required = new Set(
      tables.filter(({ class: kind, name }) => kind === 'data' && there.has(name)).map(nameOf),
    )
    await reader.take('{')
    for (;;) {
      const name = await reader.key()
      const table = there.get(name as string)
      if (!table)
        throw wrongTables(`${JSON.stringify(name).slice(0, 100)} is not one of its tables`)
      there.delete(table.name)
      required.delete(table.name)
      came.set(table.name, table.columns)
      document.openTable(table.name)
      await loadTable(reader, tx, table, document)
      document.closeTable()
      if (String.fromCharCode(await reader.peek()) !== ',') break
      await reader.take(',')
    }
    await reader.take('}')
    if (required.size > 0) throw wrongTables(`the table ${[...required][0]} is missing`)
  })
  const footer = await readFooter(reader)
  const credentials = credentialsOf(footer)
  compareFooter(footer, document.end(credentials).footer)
  return { credentials, columns: came }
}

async function loadTable(
  reader: JsonReader,
  tx: Queryable,
  table: OlderTable,
  document: ReturnType<typeof createDocument>,
): Promise<void> {
  const readRow = createOlderRowReader(table)
  const names = table.columns.map((name) => `"${name}"`).join(', ')
  const marks = table.columns.map(() => '?').join(', ')
  const insert = `insert into "${table.name}" (${names}) values (${marks})`
  const documents = table.documents.map((column) => table.columns.indexOf(column))
  let row = 0
  let last: string | undefined
  for await (const batch of reader.elements(longestRow)) {
    const lines: string[] = []
    for (const raw of batch) {
      const { values, line, id } = readRow(raw, ++row)
      if (last !== undefined && compareBytes(last, id) >= 0) {
        const place = { table: table.name, row }
        throw refusal(place, 'its id does not come after the last', 'import_order')
      }
      last = id
      lines.push(line)
      for (const at of documents) {
        if (typeof values[at] === 'string') values[at] = await pack(values[at])
      }
      await run(tx, insert, values).catch((error: unknown) => {
        throw olderError(error, { table: table.name, row })
      })
    }
    if (lines.length === 0) continue
    const text = document.separator() + lines.join(',\n')
    document.rows(Buffer.from(text), lines.length)
  }
}

/** The tables of the scratch database by name. */
async function olderTables(tx: Queryable): Promise<Map<string, OlderTable>> {
  const rows = await run(
    tx,
    `select t.name, c.name, c.pk, c.type from sqlite_schema t, pragma_table_info(t.name) c
     where t.type = 'table' and t.name not like 'sqlite_%' and t.name not like 'holdfast!_%' escape '!'
     order by t.name, c.cid`,
    [],
  )
  const tables = new Map<string, OlderTable>()
  for (const [name, column, pk, type] of rows as [string, string, number, string][]) {
    const table = tables.get(name) ?? { name, columns: [], id: column, documents: [] }
    tables.set(name, table)
    table.columns.push(column)
    if (pk === 1) table.id = column
    if (type.toLowerCase() === 'blob') table.documents.push(column)
  }
  return tables
}

function nameOf({ name }: { name: string }): string {
  return name
}

function wrongTables(message: string): ImportError {
  return new ImportError('import_tables', message)
}

function olderError(error: unknown, place: { table: string; row: number }): unknown {
  const kind = databaseErrorIn(error)?.kind
  if (kind === 'foreign_key')
    return refusal(place, 'refers to a row that is nowhere', 'import_reference')
  if (kind === 'unique') return refusal(place, 'has a value that must be unique', 'import_conflict')
  if (kind === 'not_null' || kind === 'check') return refusal(place, 'does not fit its schema')
  return error
}
