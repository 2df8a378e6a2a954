import { DatabaseError } from '../database.errors.ts'
import type { Database, DatabaseOptions } from '../database.ts'
import { quoted } from '../names.ts'
import { createOutcomeRecord } from '../outcome.ts'
import { describe } from './describe.ts'
import { runMigration } from './migration.ts'
import { createQueryable } from './queryable.ts'
import { createReader } from './reader.ts'
import { createSnapshots } from './snapshot.ts'
import { openStore, type Store } from './store.ts'
import { sqliteWords } from './words.ts'
import { createWriter } from './writer.ts'
import { sqliteTables } from '../tables/sqlite.ts'
import type { SqliteTarget } from '../target/target.ts'
import { assertOutsideUnit } from '../unit.context.ts'

/** The contract on an SQLite file: one writer with a shared commit, one reader, snapshots on connections of their own. */
export function openSqlite(target: SqliteTarget, options: DatabaseOptions): Database {
  const outcome = createOutcomeRecord()
  const writeMs = options.queryTimeoutMs
  let store: Store | undefined
  let opening: Promise<void> | undefined
  let closing: Promise<void> | undefined

  function opened(): Store {
    if (!store) throw new DatabaseError('unavailable', 'the database is not open')
    return store
  }

  function sameFile(): Store {
    const store = opened()
    store.assertSameFile()
    return store
  }

  const read = createReader({
    line: () => opened().reader,
    assertSameFile: () => opened().assertSameFile(),
    outcome,
    readMs: options.queryTimeoutMs,
  })
  const writer = createWriter({ writable: () => sameFile().writer, outcome, writeMs })
  const snapshots = createSnapshots({ ...options, file: () => sameFile().file, outcome })

  async function open() {
    store ??= await openStore(target.file, { ...options, lockMs: writeMs })
  }

  async function close() {
    await Promise.all([writer.close(), snapshots.close()])
    store?.close()
    store = undefined
  }

  return {
    engine: 'sqlite',
    schema: undefined,
    tables: sqliteTables,
    words: sqliteWords,
    tableName: quoted,
    db: createQueryable(read),

    open: () => (opening ??= open().finally(() => (opening = undefined))),

    unitOfWork(unitOptions, work) {
      assertOutsideUnit()
      return writer.unitOfWork(unitOptions, work)
    },

    async snapshot(work) {
      assertOutsideUnit()
      return snapshots.snapshot(work)
    },

    async migration(work) {
      assertOutsideUnit()
      return runMigration(opened().file, options, work)
    },

    pool() {
      const { inUse, waiting, timeouts } = writer.stats()
      return { max: 2, open: store ? 2 : 0, inUse, waiting, timeouts }
    },

    lastOutcome: outcome.last,
    onOutcomeChange: outcome.onChange,

    async probe() {
      sameFile()
      writer.assertSound()
      await read('select 1', [])
    },

    async describe() {
      const { file, writer } = opened()
      return describe(file, writer.connection)
    },

    close: () => (closing ??= close()),
  }
}
