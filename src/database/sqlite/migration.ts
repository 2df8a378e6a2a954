import { renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { DatabaseError } from '../database.errors.ts'
import type { MigrationSession } from '../database.ts'
import { retryWhileBusy } from './busy.ts'
import { connect } from './connection.ts'
import { classify } from './errors.ts'
import { syncPath } from './file.ts'
import { createRun, type Run, type StatementOptions } from './statements.ts'

/** Another instance may be in the middle of its own migration; the runner tries five times. */
const lockMs = 5000
/** 4 MB of the usual pages. */
const pagesPerTurn = 1000

/** One transaction on a connection of its own, under the write lock of the file. */
export async function runMigration<Result>(
  file: string,
  options: StatementOptions,
  work: (session: MigrationSession) => Promise<{ commit: boolean; result: Result }>,
): Promise<Result> {
  const connection = connect(file)
  const run = createRun(connection, options)
  try {
    // Only outside a transaction; left on, DROP TABLE would delete what refers to the table's rows.
    connection.pragma('foreign_keys = OFF')
    await retryWhileBusy(performance.now() + lockMs, () => run('begin immediate', []))
    const { commit, result } = await work(createSession(file, run))
    run(commit ? 'commit' : 'rollback', [])
    return result
  } finally {
    // What is not committed is rolled back, and the pragma goes with the connection.
    connection.close()
  }
}

function createSession(file: string, run: Run): MigrationSession {
  return {
    async execute(sql, params) {
      await turn()
      return run(sql, params)
    },
    tables: () => Promise.resolve(tablesOf(run)),
    checkReferences: async () => assertReferences(run),
    keepCopy: (label) => keepCopy(file, label),
  }
}

function tablesOf(run: Run): string[] {
  const { rows } = run(
    `select name from sqlite_schema where type = 'table'
     and name not like 'sqlite\\_%' escape '\\' and name not like 'holdfast\\_%' escape '\\' order by name`,
    [],
  )
  return rows.map(([name]) => String(name))
}

function assertReferences(run: Run): void {
  const [broken] = run('pragma foreign_key_check', []).rows
  if (!broken) return
  const [table, , parent] = broken.map(String)
  throw new DatabaseError(
    'foreign_key',
    `a row of ${table} refers to one of ${parent} that is not there`,
  )
}

/** Of what is committed; the transaction's own changes are not in it. Takes the place of an older copy of that label. */
async function keepCopy(file: string, label: string): Promise<string> {
  const copy = `${file}.${label.replaceAll(/[^\w.-]/g, '_')}`
  const partial = `${copy}.partial`
  rmSync(partial, { force: true })
  const connection = connect(file, { readonly: true })
  try {
    await connection.backup(partial, { progress: () => pagesPerTurn })
    renameSync(partial, copy)
    syncPath(dirname(copy))
    return copy
  } catch (error) {
    rmSync(partial, { force: true })
    throw classify(error)
  } finally {
    connection.close()
  }
}
