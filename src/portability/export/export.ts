import { setImmediate as turn } from 'node:timers/promises'
import type { Database, Queryable } from '../../database/database.ts'
import { currentModel } from '../../database/tables/model.ts'
import { createChunks, type Write } from './chunks.ts'
import { createCredentialWriter, type CredentialPolicy, credentialPolicy } from './credentials.ts'
import { createTableCodec } from '../format/codec.ts'
import { createDocument, type Footer, type Schema } from '../format/document.ts'
import { createMeasuredPageSize, createPageSize } from './page-size.ts'
import { pagesOf } from './pages.ts'
import { exportedTables, type RegisteredTable, tableOf } from '../registry.ts'
import { createRowLine } from '../format/row-line.ts'
import type { SecretKeys } from '../format/seal-keys.ts'

export interface ExportOptions {
  /** Without keys, credentials are left out. */
  secretKeys?: SecretKeys | undefined
  /** Whether the tables of class `history` go in. */
  history?: boolean
}

/**
 * Writes everything that is in the database at one moment, as one JSON document of a row a line: the same data gives
 * the same bytes on either engine. `write` gets pieces of about 64 KiB, and the next one after its promise; when it
 * rejects, the export ends and rejects with the same. What is written of a failed export has no footer.
 * Raises `DatabaseError`, and `ExportError` for an integer beyond 2^53 - 1.
 */
export function exportDatabase(
  database: Database,
  options: ExportOptions,
  write: Write,
): Promise<Footer> {
  return database.snapshot((snapshot) =>
    writeExport({
      db: snapshot,
      database,
      schema: currentModel(),
      tables: exportedTables(options.history ?? false),
      policy: credentialPolicy(options.secretKeys),
      write,
    }),
  )
}

export interface ExportSource {
  /** What is read: a snapshot, or a unit that is alone. */
  db: Queryable
  database: Pick<Database, 'tables'>
  schema: Schema
  tables: RegisteredTable[]
  policy: CredentialPolicy
  write: Write
}

/** The export of what is seen through one handle. */
export async function writeExport(source: ExportSource): Promise<Footer> {
  const document = createDocument(source.schema)
  const chunks = createChunks(source.write)
  await chunks.put(document.start())
  for (const table of source.tables) {
    await chunks.put(document.openTable(table.name))
    await writeRows(source, table, async (lines, count) => {
      await chunks.put(document.rows(Buffer.from(document.separator()), 0))
      await chunks.put(document.rows(Buffer.from(lines), count))
    })
    await chunks.put(document.closeTable())
  }
  const { policy } = source
  const end = document.end(policy.write === 'unchanged' ? policy.credentials : policy.write)
  await chunks.put(end.text)
  await chunks.flush()
  return end.footer
}

/** Characters. */
const enough = 256 * 1024

async function writeRows(
  { db, database, policy }: ExportSource,
  table: RegisteredTable,
  put: (lines: string, count: number) => Promise<void>,
): Promise<void> {
  if (table.onlyCredential && policy.write === 'omitted') return
  const drizzleTable = tableOf(database, table)
  const codec = createTableCodec(table, drizzleTable)
  const toLine = createRowLine(table.columns.map(({ key }) => key))
  const writeCredentials = createCredentialWriter(table, policy)
  const long = codec.documents.length > 0
  const size = long ? createMeasuredPageSize(db, table, drizzleTable) : createPageSize()
  for await (const page of pagesOf(db, table, drizzleTable, size)) {
    await (long ? putEach(page) : putAll(page))
  }

  function lineOf(row: unknown[]): string {
    codec.decode(row)
    writeCredentials(row)
    return toLine(row)
  }

  async function putAll(page: unknown[][]): Promise<void> {
    let lines = ''
    for (const row of page) lines += lines === '' ? lineOf(row) : `,\n${lineOf(row)}`
    size.seen(page.length, lines.length)
    await put(lines, page.length)
    // SQLite answers without giving up its turn.
    await turn()
  }

  /** Documents are unpacked one after the other, and handed on as soon as they are a page's worth. */
  async function putEach(page: unknown[][]): Promise<void> {
    let lines = ''
    let count = 0
    for (let row = page.shift(); row; row = page.shift()) {
      await codec.unpackDocuments(row)
      lines += count === 0 ? lineOf(row) : `,\n${lineOf(row)}`
      count++
      if (lines.length < enough && page.length > 0) continue
      // A long row takes its time to write, and as much again to hash.
      await turn()
      await put(lines, count)
      lines = ''
      count = 0
    }
    await turn()
  }
}
