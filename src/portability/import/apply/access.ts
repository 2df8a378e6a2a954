import { and, eq, inArray, isNotNull } from 'drizzle-orm'
import type { Database, Queryable } from '../../../database/database.ts'
import { registry, tableOf } from '../../registry.ts'
import { batchRows } from '../check/rows.ts'

/** Whether there is an active administrator with a password. */
export async function administratorCanLogIn(
  tx: Queryable,
  { tables: { users } }: Pick<Database, 'tables'>,
): Promise<boolean> {
  const able = and(
    eq(users.role, 'admin'),
    eq(users.status, 'active'),
    isNotNull(users.passwordHash),
  )
  return (await tx.select({ id: users.id }).from(users).where(able).limit(1)).length > 0
}

/** Empties the transient tables whose rows expire: no session and no kept answer outlives what it speaks of. */
export async function emptyTransient(
  tx: Queryable,
  database: Pick<Database, 'tables'>,
): Promise<void> {
  const transient = registry.filter((table) => table.class === 'transient' && table.expires)
  // Children first.
  for (const table of transient.toReversed()) await tx.delete(tableOf(database, table))
}

/** Ends the sessions of users, and takes back what would let them set another password. */
export async function endAccess(
  tx: Queryable,
  { tables: { sessions, resets } }: Pick<Database, 'tables'>,
  userIds: string[],
): Promise<void> {
  for (let from = 0; from < userIds.length; from += batchRows) {
    const ids = userIds.slice(from, from + batchRows)
    await tx.delete(sessions).where(inArray(sessions.userId, ids))
    await tx.delete(resets).where(inArray(resets.userId, ids))
  }
}
