import { and, eq, isNotNull } from 'drizzle-orm'
import type { Database, Queryable } from '../../../database/database.ts'
import { registry, tableOf } from '../../registry.ts'

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
