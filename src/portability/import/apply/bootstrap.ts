import { eq } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import type { Database, Queryable } from '../../../database/database.ts'
import { columnsOf } from '../../format/codec.ts'
import { registry, tableOf } from '../../registry.ts'

export type Bootstrap = Awaited<ReturnType<typeof createBootstrap>>

const setting = 'bootstrap_admin'

/** The administrator who was made from the environment while there was no user: an import may take him over. */
export async function createBootstrap(tx: Queryable, database: Pick<Database, 'tables'>) {
  const { users, settings } = database.tables
  const [found] = await tx.select().from(settings).where(eq(settings.key, setting))
  let id = found?.value

  async function forget() {
    id = undefined
    await tx.delete(settings).where(eq(settings.key, setting))
  }

  return {
    /** Whether this is he, and he owns nothing; what he lets himself or others in with goes over to who takes his place. */
    async isFree(userId: string): Promise<boolean> {
      if (userId !== id) return false
      for (const { drizzleTable, column, access } of referencesToUsers(database)) {
        if (access) continue
        const owned = await tx
          .select({ column })
          .from(drizzleTable)
          .where(eq(column, userId))
          .limit(1)
        if (owned.length > 0) return false
      }
      return true
    },

    /** Gives his sessions, API tokens and invites to the user who takes his place, and removes him. */
    async becomes(userId: string): Promise<void> {
      if (id === undefined) return
      for (const { drizzleTable, key, column } of referencesToUsers(database)) {
        await tx
          .update(drizzleTable)
          .set({ [key]: userId })
          .where(eq(column, id))
      }
      await tx.delete(users).where(eq(users.id, id))
      await forget()
    },

    /** He is nobody in particular once an import has taken him away. */
    async forgetUnlessThere(): Promise<void> {
      if (id === undefined) return
      const there = await tx.select({ id: users.id }).from(users).where(eq(users.id, id))
      if (there.length === 0) await forget()
    },
  }
}

function referencesToUsers(database: Pick<Database, 'tables'>) {
  return registry.flatMap((table) => {
    const drizzleTable = tableOf(database, table)
    const columns = columnsOf(table, drizzleTable)
    return table.columns.flatMap(({ key, references }, at) =>
      references?.table === 'users'
        ? [
            {
              drizzleTable,
              key,
              column: columns[at] as PgColumn,
              access: table.class === 'transient' || table.credentials.length > 0,
            },
          ]
        : [],
    )
  })
}
