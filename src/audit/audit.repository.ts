import { sql } from 'drizzle-orm'
import type { Queryable } from '../database/database.ts'
import type { Tables } from '../database/tables/tables.ts'
import { lazy } from '../lazy.ts'
import { createAuditList } from './audit.list.repository.ts'
import type { AuditRow } from './audit.row.ts'

/** One statement takes so many. */
const rowsAtOnce = 200

/** What was done, by whom: rows come, and go when their time is over; none is ever changed. */
export function createAudit(db: Queryable, tables: Tables) {
  const { audit: t } = tables
  const p = sql.placeholder

  const insert = lazy(() =>
    db
      .insert(t)
      .values({
        id: p('id'),
        at: p('at'),
        action: p('action'),
        outcome: p('outcome'),
        actorKind: p('actorKind'),
        actorId: p('actorId'),
        actorName: p('actorName'),
        credentialId: p('credentialId'),
        objectKind: p('objectKind'),
        objectId: p('objectId'),
        objectName: p('objectName'),
        address: p('address'),
        requestId: p('requestId'),
        details: p('details'),
      })
      .prepare('audit_insert'),
  )

  return {
    ...createAuditList(db, tables),

    async add(row: AuditRow): Promise<void> {
      await insert().execute(row)
    },

    /** Many rows; it need not be known whether some are there already. */
    async addOnce(rows: AuditRow[]): Promise<void> {
      for (let from = 0; from < rows.length; from += rowsAtOnce) {
        const some = rows.slice(from, from + rowsAtOnce)
        await db.insert(t).values(some).onConflictDoNothing()
      }
    },
  }
}
