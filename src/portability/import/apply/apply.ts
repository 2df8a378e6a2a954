import type { Database, Queryable, UnitOptions } from '../../../database/database.ts'
import { applyTable, type TableCounts } from './table.ts'
import type { CheckedImport } from '../import.ts'
import { applyError } from './errors.ts'
import { createBootstrap } from './bootstrap.ts'
import { administratorCanLogIn, emptyTransient, endAccess } from './access.ts'
import { checkOpenReferences } from './open-references.ts'
import { removeOthers } from './removal.ts'
import { createUserConflicts } from './users.ts'
import { LockOutError } from '../../portability.errors.ts'
import { keepSafetyCopy } from '../../export/safety-copy.ts'
import type { SecretKeys } from '../../format/seal-keys.ts'
import { settleSpecs } from './specs.ts'
import { createTableStore } from './store.ts'
import type { RegisteredTable } from '../../registry.ts'

export interface ApplyOptions {
  mode: 'merge' | 'replace'
  /** Does everything and rolls back. */
  dryRun?: boolean
  /** Attaches what is an imported user's, whose name belongs to another one here, to that one. Otherwise refused. */
  mapUsers?: boolean
  /** The folder where `replace` keeps an export of what was there; it must be said when there is to be none. */
  safetyCopy: string | undefined
  /** For that export. */
  secretKeys?: SecretKeys | undefined
}

export interface ImportReport {
  dryRun: boolean
  mode: 'merge' | 'replace'
  tables: Record<string, TableCounts>
  /** The path of the file that keeps what was there. */
  safetyCopy?: string
}

/** How a unit that applies an import is run. */
export const importUnit: UnitOptions = { exclusive: true, deadline: 'bulk' }

/**
 * Applies an import in one unit, all of it or nothing; meanwhile other writes are refused with `frozen`.
 * Raises `ImportError`, `LockOutError` (409), `DatabaseError`.
 */
export async function applyImport(
  database: Database,
  checked: CheckedImport,
  options: ApplyOptions,
): Promise<ImportReport> {
  let report: ImportReport | undefined
  try {
    await database.unitOfWork(importUnit, async (tx) => {
      report = await applyWithin(tx, database, checked, options)
      if (options.dryRun) throw new DryRunEnd()
    })
  } catch (error) {
    if (!(error instanceof DryRunEnd)) throw error
  }
  if (!report) throw new Error('the unit of the import did not run')
  return report
}

/** Applies an import within a unit of the caller's, which is run as `importUnit` says, and rolled back after a dry run. */
export async function applyWithin(
  tx: Queryable,
  database: Pick<Database, 'tables'>,
  checked: CheckedImport,
  options: ApplyOptions,
): Promise<ImportReport> {
  const { mode, dryRun = false, safetyCopy, secretKeys } = options
  try {
    const copy =
      mode === 'replace' && !dryRun && safetyCopy !== undefined
        ? await keepSafetyCopy(tx, database, { folder: safetyCopy, secretKeys })
        : undefined
    const tables = await applyTables(tx, database, checked, options)
    return { dryRun, mode, tables, ...(copy !== undefined && { safetyCopy: copy }) }
  } catch (error) {
    throw applyError(error)
  }
}

async function applyTables(
  tx: Queryable,
  database: Pick<Database, 'tables'>,
  checked: CheckedImport,
  { mode, mapUsers = false }: ApplyOptions,
): Promise<Record<string, TableCounts>> {
  await checkOpenReferences(tx, database, checked, mode)
  const couldLogIn = await administratorCanLogIn(tx, database)
  if (mode === 'replace') await emptyTransient(tx, database)
  const bootstrap = await createBootstrap(tx, database)
  const users = createUserConflicts({ bootstrap, mapUsers })

  const tables: Record<string, TableCounts> = {}
  for (const part of checked.tables) {
    const store = createTableStore(tx, database, part.table)
    tables[part.table.name] = await applyTable({ part, checked, store, mode, users })
  }
  await endAccess(tx, database, users.withNewPassword())
  if (mode === 'replace') {
    for (const part of checked.tables.toReversed()) {
      if (!isWhole(part.table, checked)) continue
      const store = createTableStore(tx, database, part.table)
      const counts = tables[part.table.name] as TableCounts
      counts.removed += await removeOthers(store, part)
    }
  }
  const unused = await settleSpecs(tx, database, checked)
  if (tables['documents']) tables['documents'].removed += unused
  await bootstrap.forgetUnlessThere()
  const mustLogIn = mode === 'replace' || couldLogIn
  if (mustLogIn && !(await administratorCanLogIn(tx, database))) throw new LockOutError()
  return tables
}

/**
 * Whether what an import does not have of a table is to go when it replaces: not what is nothing but a credential when
 * credentials were left out, and nothing that was only ever added to.
 */
function isWhole(table: RegisteredTable, { credentials }: CheckedImport): boolean {
  return !(table.onlyCredential && credentials === 'omitted') && !table.appendOnly
}

/** Rolls a dry run back. */
class DryRunEnd extends Error {
  override readonly name = 'DryRunEnd'
}
