import { setImmediate as turn } from 'node:timers/promises'
import { compareBytes } from '../../format/byte-order.ts'
import { createBlock } from '../source/block.ts'
import { createDocument, type Credentials, type Schema } from '../../format/document.ts'
import type { IdSet } from './id-set.ts'
import { createCredentialCheck } from './credentials.ts'
import { compareFooter, credentialsOf, readFooter } from './footer.ts'
import { createLengthCheck } from './lengths.ts'
import { createReferenceCheck, type OpenReferences } from './references.ts'
import { createRowReader, type ImportedRow, refusal } from './row.ts'
import type { Spool } from '../source/spool.ts'
import { createTableOrder } from './tables.ts'
import type { JsonReader } from '../source/json-reader.ts'
import type { RegisteredTable } from '../../registry.ts'
import type { SecretKeys } from '../../format/seal-keys.ts'

/**
 * The longest row that an import may hold, in bytes: a document of 16 MiB, which takes twice as much where every
 * character is escaped, and its outline.
 */
export const longestRow = 48 * 1024 * 1024

/** Others get a turn between the steps of a row that is longer. */
const longRow = 1024 * 1024

const separator = Buffer.from(',\n')

/** A table of an import: its rows are in the spool, as an export writes them. */
export interface CheckedTable {
  table: RegisteredTable
  rows: number
  /** Where its lines are in the spool. */
  start: number
  end: number
  ids: IdSet
}

export interface CheckedDocument {
  tables: CheckedTable[]
  credentials: Credentials
  /** The footer's hash of everything before it, in today's schema: the same for the same content. */
  total: string
  /** What the database itself has to have for the import to be whole. */
  open: OpenReferences
}

export interface CheckOptions {
  schema: Schema
  tables: RegisteredTable[]
  secretKeys: SecretKeys
  spool: Spool
}

/**
 * Reads an import of the current schema from its tables on, checks everything that can be known without the database,
 * and puts its rows into the spool. Raises `ImportError`.
 */
export async function checkDocument(
  reader: JsonReader,
  { schema, tables, secretKeys, spool }: CheckOptions,
): Promise<CheckedDocument> {
  const document = createDocument(schema)
  const references = createReferenceCheck()
  const lengths = createLengthCheck(tables, references.ids)
  const credentials = createCredentialCheck(secretKeys)
  const order = createTableOrder(tables)
  const checked: CheckedTable[] = []

  document.start()
  await reader.take('{')
  for (;;) {
    const table = order.next(await reader.key())
    document.openTable(table.name)
    checked.push(await checkTable(table))
    document.closeTable()
    if (String.fromCharCode(await reader.peek()) !== ',') break
    await reader.take(',')
  }
  await reader.take('}')
  order.end()
  const footer = await readFooter(reader)
  const policy = credentialsOf(footer)
  const read = document.end(policy).footer
  compareFooter(footer, read)
  credentials.footer(policy)
  return { tables: checked, credentials: policy, total: read.total, open: references.open }

  async function checkTable(table: RegisteredTable): Promise<CheckedTable> {
    const start = spool.position()
    const reading = createRowReader(table)
    const checkCredentials = credentials.table(table)
    const checkReferences = references.table(table)
    const checkLengths = lengths.table(table)
    const inOrder = createOrderCheck(table)
    let rows = 0
    let written = 0

    function check(row: ImportedRow): void {
      reading.check(row, rows)
      inOrder(row.values, rows)
      checkCredentials(row.values, rows)
      checkReferences.row(row.values, rows)
      checkLengths(row.values, rows)
    }

    const block = createBlock()
    async function flush() {
      const bytes = block.take()
      document.rows(bytes, rows - written)
      written = rows
      await spool.write(bytes)
      // A source that is always ready would leave nobody else a turn.
      await turn()
    }
    for await (const batch of reader.elements(longestRow)) {
      for (const raw of batch) {
        const isLong = raw.length > longRow
        if (rows > 0) block.add(separator)
        const row = reading.read(raw, ++rows)
        if (isLong) await turn()
        check(row)
        if (isLong) await turn()
        block.add(row.line)
      }
      if (block.isFull()) await flush()
    }
    await flush()
    checkReferences.end()
    const ids = references.ids.get(table.name) as IdSet
    return { table, rows, start, end: spool.position(), ids }
  }
}

function createOrderCheck(table: RegisteredTable) {
  let last: string | undefined
  return (values: unknown[], row: number) => {
    const id = values[table.idIndex] as string
    if (last !== undefined && compareBytes(last, id) >= 0) {
      throw refusal(
        { table: table.name, row },
        'its id does not come after the last',
        'import_order',
      )
    }
    last = id
  }
}
