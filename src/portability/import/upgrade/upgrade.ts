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
  work: (upgraded: JsonReader) => Promise<Result>,
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
  { credentials, history }: OlderContent,
  { current, tables }: UpgradeOptions,
  work: (upgraded: JsonReader) => Promise<Result>,
): Promise<Result> {
  const stream = streamOf((write) =>
    scratch.snapshot((db) =>
      writeExport({
        db,
        database: scratch,
        schema: current,
        // None of history came: what is here must not be taken for removed.
        tables: tables.filter(({ class: kind }) => history || kind === 'data'),
        policy: { write: 'unchanged', credentials },
        write,
      }),
    ),
  )
  try {
    return await work(createJsonReader(stream[Symbol.asyncIterator]()))
  } finally {
    stream.destroy()
  }
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
