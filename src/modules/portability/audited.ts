import { setTimeout as pause } from 'node:timers/promises'
import { createAudit } from '../../audit/audit.repository.ts'
import type { AuditRow } from '../../audit/audit.row.ts'
import type { Act } from '../../audit/entry.ts'
import type { Database, DatabaseLog, Queryable } from '../../database/database.ts'
import {
  applyWithin,
  type ApplyOptions,
  type ImportReport,
} from '../../portability/import/apply/apply.ts'
import type { CheckedImport } from '../../portability/import/import.ts'
import type { Storage } from '../../storage.ts'

/** For as long an export waits for its entry: it is what helps when nothing can be written any more. */
const patienceMs = 3_000

/**
 * Tells the audit log of an export that begins, in a unit of its own, also when writes are frozen. Raises nothing: where
 * it cannot be written, the log has a warning instead.
 */
export async function auditExport(
  storage: Storage,
  row: AuditRow,
  log: Pick<DatabaseLog, 'warn'>,
): Promise<void> {
  const { action, actorKind, actorId, details } = row
  const told = { action, actorKind, actorId, details }
  const warn = (error: unknown) => log.warn({ err: error, ...told }, 'not in the audit log')
  const over = new AbortController()
  const written = storage
    .unitOfWork({ evenFrozen: true }, (tx) => tx.audit.add(row))
    .catch(warn)
    .finally(() => over.abort())
  await Promise.race([written, pause(patienceMs, undefined, { signal: over.signal }).catch(none)])
}

const none = () => undefined

/** An import that is told to the audit log, in the unit that applies it. */
export interface AuditedImport {
  database: Pick<Database, 'tables'>
  checked: CheckedImport
  options: ApplyOptions
  rowOf: (act: Pick<Act, 'details'>) => AuditRow
}

/** As `applyWithin`; the entry comes last, so that `replace` does not take it away. */
export async function applyAudited(
  tx: Queryable,
  { database, checked, options, rowOf }: AuditedImport,
): Promise<ImportReport> {
  const report = await applyWithin(tx, database, checked, options)
  await createAudit(tx, database.tables).add(rowOf({ details: detailsOf(report) }))
  return report
}

function detailsOf({ mode, tables }: ImportReport): NonNullable<Act['details']> {
  const sum = { added: 0, changed: 0, removed: 0 }
  const changed: string[] = []
  for (const [name, counts] of Object.entries(tables)) {
    if (counts.added + counts.changed + counts.removed > 0) changed.push(name)
    sum.added += counts.added
    sum.changed += counts.changed
    sum.removed += counts.removed
  }
  return { mode, tables: changed.join(', '), ...sum }
}
