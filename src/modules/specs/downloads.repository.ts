import { sql } from 'drizzle-orm'
import type { Queryable } from '../../database/database.ts'
import type { Tables } from '../../database/tables/tables.ts'
import { lazy } from '../../lazy.ts'

/** How many counts one statement changes. */
const countsAtOnce = 50

export function createDownloads(db: Queryable, { downloads: t }: Tables) {
  const p = sql.placeholder

  const insert = lazy(() =>
    db
      .insert(t)
      .values({ id: p('id'), count: 0 })
      .onConflictDoNothing()
      .prepare('downloads_insert'),
  )

  // Always as many values: one statement, prepared once. Both databases call the columns of VALUES so.
  const add = lazy(() => {
    const values = Array.from(
      { length: countsAtOnce },
      (_, i) => sql`(${p(`id${i}`)}, ${p(`count${i}`)})`,
    )
    return db
      .update(t)
      .set({ count: sql`${t.count} + cast(added.column2 as bigint)` })
      .from(
        sql`(select column1, column2 from (values ${sql.join(values, sql`, `)}) as given) as added`,
      )
      .where(sql`${t.id} = added.column1`)
      .prepare('downloads_add')
  })

  return {
    /** Begins to count for a spec, unless it is counted already. */
    async create(specId: string): Promise<void> {
      await insert().execute({ id: specId })
    },

    /** Adds to the counts of specs, by their ids; of those that are gone nothing is kept. */
    async add(counts: ReadonlyMap<string, number>): Promise<void> {
      // In one order everywhere: units that add at the same time do not wait for each other in a circle.
      const sorted = [...counts].sort(([a], [b]) => (a < b ? -1 : 1))
      for (let at = 0; at < sorted.length; at += countsAtOnce) {
        const values: Record<string, unknown> = {}
        for (let i = 0; i < countsAtOnce; i++) {
          const [id, count] = sorted[at + i] ?? ['', 0]
          values[`id${i}`] = id
          values[`count${i}`] = count
        }
        await add().execute(values)
      }
    },
  }
}
