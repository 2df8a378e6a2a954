import { eq } from 'drizzle-orm'
import type { FastifyInstance } from 'fastify'

/** Lets time pass for everything that is counted. */
export async function letPass({ database }: FastifyInstance, ms: number): Promise<void> {
  const { limits } = database.tables
  const earlier = (time: string) => new Date(Date.parse(time) - ms).toISOString()
  await database.unitOfWork({}, async (tx) => {
    for (const row of await tx.select().from(limits)) {
      await tx
        .update(limits)
        .set({
          since: earlier(row.since),
          blockedUntil: row.blockedUntil === null ? null : earlier(row.blockedUntil),
          expiresAt: earlier(row.expiresAt),
        })
        .where(eq(limits.id, row.id))
    }
  })
}

/** How many rows there are in `limits`. */
export async function rowsOfLimits({ database }: FastifyInstance): Promise<number> {
  const rows = await database.db.select().from(database.tables.limits)
  return rows.length
}
