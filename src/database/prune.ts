import { and, inArray, lte } from 'drizzle-orm'
import type { Queryable } from './database.ts'
import type { Tables } from './tables/tables.ts'

/** So few at a time that nobody waits for it, and more than one write brings. */
const atOnce = 10

/** Deletes a few rows whose time was over at `now`: those who write keep the table small, and no timer is needed. */
export async function pruneExpired(
  db: Queryable,
  table: Tables['sessions'] | Tables['idempotency'] | Tables['limits'],
  now: string,
): Promise<void> {
  const over = await db
    .select({ id: table.id })
    .from(table)
    .where(lte(table.expiresAt, now))
    .limit(atOnce)
  if (over.length === 0) return
  const ids = over.map(({ id }) => id)
  // Asked again: another unit may have given one a new time.
  await db.delete(table).where(and(inArray(table.id, ids), lte(table.expiresAt, now)))
}
