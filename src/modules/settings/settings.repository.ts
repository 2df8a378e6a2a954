import { eq } from 'drizzle-orm'
import type { Queryable } from '../../database/database.ts'
import type { Tables } from '../../database/tables/tables.ts'

export type SettingKey = 'instance_id' | 'frozen' | 'bootstrap_admin'

/** Facts of this database itself; they never leave it with an export. */
export function createSettings(db: Queryable, { settings: t }: Tables) {
  return {
    async get(key: SettingKey): Promise<string | undefined> {
      const [row] = await db.select().from(t).where(eq(t.key, key))
      return row?.value
    },

    async set(key: SettingKey, value: string): Promise<void> {
      await db
        .insert(t)
        .values({ key, value })
        .onConflictDoUpdate({ target: t.key, set: { value } })
    },

    async remove(key: SettingKey): Promise<void> {
      await db.delete(t).where(eq(t.key, key))
    },
  }
}
