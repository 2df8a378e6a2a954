import { asc, inArray, lte, sql } from 'drizzle-orm'
import type { Queryable } from '../database/database.ts'
import type { Tables } from '../database/tables/tables.ts'
import { lazy } from '../lazy.ts'
import { expiringTables, type ExpiringKey, type ExpiringTable } from './expiring-tables.ts'

/** So few at a time that nobody who writes has to wait for long. */
export const rowsAtOnce = 500

/** Takes away rows whose time is over. */
export function createRetention(db: Queryable, tables: Tables) {
  const p = sql.placeholder
  const deletions = new Map(
    expiringTables.map((expiring) => [expiring.table, deletionOf(expiring)]),
  )

  function deletionOf({ table, column }: ExpiringTable) {
    const t = tables[table]
    const time = (t as unknown as Record<string, Tables['sessions']['expiresAt']>)[column]
    if (!time) throw new Error(`the table ${table} has no column ${column}`)
    const oldest = () =>
      db
        .select({ id: t.id })
        .from(t)
        .where(lte(time, p('before')))
        .orderBy(asc(time), asc(t.id))
        .limit(rowsAtOnce)
    return lazy(() =>
      db
        .delete(t)
        .where(inArray(t.id, oldest()))
        .returning({ id: t.id })
        .prepare(`retention_${table}`),
    )
  }

  return {
    /** Deletes the oldest rows of a table whose time is `before` or earlier, and tells how many; fewer than `rowsAtOnce`: no more are left. */
    async deleteOldest(table: ExpiringKey, before: string): Promise<number> {
      const deletion = deletions.get(table)
      if (!deletion) throw new Error(`the rows of ${table} are kept for ever`)
      const deleted = await deletion().execute({ before })
      return deleted.length
    },
  }
}
