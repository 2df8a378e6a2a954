import { randomUUID } from 'node:crypto'
import { count } from 'drizzle-orm'
import type { FastifyInstance } from 'fastify'
import type { Tables } from '../../src/database/tables/tables.ts'
import { expiringTables, type ExpiringKey } from '../../src/retention/expiring-tables.ts'

export const day = 24 * 60 * 60 * 1000
/** How many rows one statement puts in. */
const atOnce = 500

/** A row of each table whose rows are kept for a time, its time being `time`. */
function rowOf(table: ExpiringKey, time: string, userId: string): Record<string, unknown> {
  const id = randomUUID()
  const hash = (id + id).replaceAll('-', '')
  const rows: Record<ExpiringKey, Record<string, unknown>> = {
    idempotency: { id, fingerprint: '', answer: '', createdAt: time, expiresAt: time },
    sessions: { id, userId, tokenHash: hash, createdAt: time, usedAt: time, expiresAt: time },
    resets: { id, userId, tokenHash: hash, createdAt: time, expiresAt: time },
    limits: { id, count: 1, since: time, expiresAt: time },
    tokenUses: { id, usedAt: time },
    audit: {
      id,
      at: time,
      action: 'spec.create',
      outcome: 'done',
      actorKind: 'system',
      details: {},
    },
    usage: {
      id,
      day: time,
      route: 'GET /',
      requests: 1,
      errors: 0,
      refusals: 0,
      bytesIn: 0,
      bytesOut: 0,
      duration: 0,
    },
  }
  return rows[table]
}

type Insertable = Tables['idempotency']

/** Puts so many rows into a table, whose time is so many milliseconds before now. */
export async function fill(
  { database, storage }: FastifyInstance,
  table: ExpiringKey,
  { count: rowCount, agoMs }: { count: number; agoMs: number },
): Promise<void> {
  const owner = await storage.users.byUsername('admin')
  const t = database.tables[table] as unknown as Insertable
  for (let left = rowCount; left > 0; left -= atOnce) {
    const rows = Array.from({ length: Math.min(atOnce, left) }, (_, n) =>
      rowOf(table, new Date(Date.now() - agoMs - n).toISOString(), owner?.id ?? ''),
    )
    await database.unitOfWork({}, async (tx) => {
      if (table === 'tokenUses')
        await tx
          .insert(database.tables.apiTokens)
          .values(rows.map(tokenOf(owner?.id ?? '')) as never)
      await tx.insert(t).values(rows as never)
    })
  }
}

/** An API token for the last use of one; it ended long ago, and stays. */
function tokenOf(userId: string) {
  return ({ id }: Record<string, unknown>) => ({
    id,
    userId,
    name: 'old',
    scopes: ['specs:read'],
    tokenHash: String(id),
    createdAt: '2020-01-01T00:00:00.000Z',
    expiresAt: '2021-01-01T00:00:00.000Z',
  })
}

/** How many rows a table has. */
export async function countOf({ database }: FastifyInstance, table: keyof Tables): Promise<number> {
  const [row] = await database.db.select({ count: count() }).from(database.tables[table])
  return Number(row?.count)
}

/** How long a row of a table stays after its time. */
export function keptMs(table: ExpiringKey): number {
  return (expiringTables.find((one) => one.table === table)?.seconds ?? 0) * 1000
}
