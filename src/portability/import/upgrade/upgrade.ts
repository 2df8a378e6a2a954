import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Database, DatabaseLog } from '../../../database/database.ts'
import { openDatabase } from '../../../database/index.ts'
import { migrate } from '../../../database/migrations/migrate.ts'
import { readMigrations } from '../../../database/migrations/manifest.ts'
import { writeExport } from '../../export/export.ts'
import type { Schema } from '../../format/document.ts'
import { streamOf } from '../../export/stream.ts'
import { loadOlder, type OlderContent, type OlderSchema } from './older.ts'
import { createJsonReader, type JsonReader } from '../source/json-reader.ts'
import type { RegisteredTable } from '../../registry.ts'

/** An import of an older schema as one of today. */
export interface Upgraded {
  reader: JsonReader
  /** Those that it has. */
  tables: RegisteredTable[]
  /** The places of a table's columns that its own schema did not have. */
  unspoken: (table: RegisteredTable) => number[]
}

interface UpgradeOptions extends OlderSchema {
  folder: string
  log: DatabaseLog
  migrations?: string
  current: Schema
}

/**
 * Brings an import of an older schema to the current one: its rows go into a SQLite file at that schema, which the
 * service's own migrations then bring forward, and from which `work` reads an export of today.
 */
export async function upgradeImport<Result>(
  reader: JsonReader,
  options: UpgradeOptions,
  work: (upgraded: Upgraded) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(options.folder, '.import-upgrade-'))
  const scratch = openScratch(join(folder, 'scratch.db'), options.log)
  try {
    await scratch.open()
    const migrations = readMigrations(scratch.engine, options.migrations)
    await migrate(scratch, migrations.slice(0, options.schema.version))
    const content = await loadOlder(reader, scratch, options)
    await migrate(scratch, migrations)
    return await readBack(scratch, content, options, work)
  } finally {
    await scratch.close()
    await rm(folder, { recursive: true, force: true })
  }
}

async function readBack<Result>(
  scratch: Database,
  { credentials, columns }: OlderContent,
  { current, tables: known }: UpgradeOptions,
  work: (upgraded: Upgraded) => Promise<Result>,
): Promise<Result> {
  // History that did not come, or that its schema did not have yet, must not be taken for removed.
  const tables = known.filter(({ class: kind, name }) => kind === 'data' || columns.has(name))
  const stream = streamOf((write) =>
    scratch.snapshot((db) =>
      writeExport({
        db,
        database: scratch,
        schema: current,
        tables,
        policy: { write: 'unchanged', credentials },
        write,
      }),
    ),
  )
  try {
    return await work({
      reader: createJsonReader(stream[Symbol.asyncIterator]()),
      tables,
      unspoken: (table) => unspokenOf(table, columns.get(table.name)),
    })
  } finally {
    stream.destroy()
  }
}

function unspokenOf({ columns }: RegisteredTable, came: string[] | undefined): number[] {
  return columns.flatMap(({ name }, at) => (came && !came.includes(name) ? [at] : []))
}

function openScratch(file: string, log: DatabaseLog): Database {
  return openDatabase(
    { kind: 'sqlite', file },
    {
      poolMax: 1,
      poolMode: 'auto',
      idleTimeoutMs: 0,
      maxLifetimeMs: 0,
      connectTimeoutMs: 10_000,
      queryTimeoutMs: 600_000,
      slowQueryMs: 0,
      log,
    },
  )
}
