import type { DatabaseLog } from '../../database/database.ts'
import { readManifest } from '../../database/migrations/manifest.ts'
import type { Schema } from '../format/document.ts'
import { checkDocument, type CheckedDocument, type CheckedTable } from './check/check.ts'
import { checkSchema, readHead } from './check/head.ts'
import { upgradeImport } from './upgrade/upgrade.ts'
import { createImportedRows } from './check/rows.ts'
import { drain, unpacked } from './source/source.ts'
import { createSpool, type Spool } from './source/spool.ts'
import { createJsonReader, type JsonReader } from './source/json-reader.ts'
import { ImportError } from '../portability.errors.ts'
import { exportedTables, type RegisteredTable } from '../registry.ts'
import type { SecretKeys } from '../format/seal-keys.ts'

export interface ImportOptions {
  /** Where the temporary files go; at most about the size of the unpacked import, three times for an older one. */
  folder: string
  /** Of the import, packed and unpacked. */
  maxBytes: number
  secretKeys?: SecretKeys | undefined
  log: DatabaseLog
  /** The folder of the migrations, where it is not the service's own. */
  migrations?: string
}

/** An import that was read and found whole. Its rows are in a temporary file until `dispose`. */
export interface CheckedImport extends CheckedDocument {
  /** Of the import as it came. */
  schema: Schema
  /** The places of a table's columns that the import's own schema did not have: what they hold, it does not say. */
  unspoken: (table: RegisteredTable) => number[]
  /** The rows of one of its tables by id, in batches, as values in declared order; credentials are open. */
  rows: (table: CheckedTable) => AsyncGenerator<unknown[][]>
  dispose: () => Promise<void>
}

/**
 * Reads an import to its end and checks everything that can be known without the database: format, schema, tables,
 * every row and value, order, references, counts, hashes, and that its credentials can be opened. Call `dispose` on
 * what it gives. Raises `ImportError`; whatever it raises, the source was read to its end and no file is left.
 */
export async function checkImport(
  source: AsyncIterable<Buffer>,
  options: ImportOptions,
): Promise<CheckedImport> {
  const bytes = source[Symbol.asyncIterator]()
  const spool = await createSpool(options.folder)
  const content = unpacked(bytes, options.maxBytes)
  try {
    return await check(createJsonReader(content), spool, options)
  } catch (error) {
    await spool.dispose()
    // Ends the unpacking, not the source; one that stalls is not waited for.
    content.return(undefined).catch(() => undefined)
    if (error instanceof ImportError && error.code !== 'import_too_large') {
      await drain(bytes, options.maxBytes)
    }
    throw error
  }
}

async function check(
  reader: JsonReader,
  spool: Spool,
  options: ImportOptions,
): Promise<CheckedImport> {
  const known = readManifest(options.migrations).map(({ model }) => model)
  const current = { version: known.length, hash: known.at(-1) ?? '' }
  const secretKeys = options.secretKeys ?? []
  const tables = exportedTables(true)
  const checkCurrent = (from: JsonReader, expected: RegisteredTable[]) =>
    checkDocument(from, { schema: current, tables: expected, secretKeys, spool })

  const schema = await readHead(reader)
  checkSchema(schema, known)
  const document =
    schema.version === current.version
      ? await checkCurrent(reader, tables)
      : await upgradeImport(reader, { ...options, schema, current, tables }, async (upgraded) => {
          await readHead(upgraded.reader)
          const content = await checkCurrent(upgraded.reader, upgraded.tables)
          return { ...content, unspoken: upgraded.unspoken }
        })
  return {
    unspoken: () => [],
    ...document,
    schema,
    rows: createImportedRows(spool, secretKeys),
    dispose: spool.dispose,
  }
}
