import { createHash } from 'node:crypto'
import { eq, sql, type SQL } from 'drizzle-orm'
import type { Queryable } from '../database/database.ts'
import type { Tables } from '../database/tables/tables.ts'
import { lazy } from '../lazy.ts'
import { addCounts, countNames, noCounts, type Counts, type UsageRow } from './counts.ts'

/** Rows that a process writes together; its batches are numbered. */
export interface UsageBatch {
  /** A name of the process, of which there is no other. */
  writer: string
  number: number
  rows: readonly UsageRow[]
}

/** Longer than anybody tries again to write a batch whose outcome he does not know. */
const markKeptMs = 7 * 24 * 60 * 60 * 1000
/** Statements of as many rows as that, so that each is prepared once. */
const sizes = [50, 10, 1]

/** Counts of requests, by day, route and user, and the totals of each day. */
export function createUsage(db: Queryable, { usage, usageDays, idempotency }: Tables) {
  const p = sql.placeholder
  const columns = ['id', 'day', 'route', 'userId', ...countNames] as const

  const markOf = lazy(() =>
    db
      .select({ number: idempotency.fingerprint })
      .from(idempotency)
      .where(eq(idempotency.id, p('id')))
      .prepare('usage_mark'),
  )

  const inserts = sizes.map((size) => ({
    size,
    insert: lazy(() => {
      const values = Array.from({ length: size }, (_, i) => placeholders(columns, i))
      return db
        .insert(usage)
        .values(values as never)
        .onConflictDoUpdate({ target: usage.id, set: sums(usage) })
        .prepare(`usage_add_${size}`)
    }),
  }))

  const insertDay = lazy(() =>
    db
      .insert(usageDays)
      .values(placeholders(['id', ...countNames], 0) as never)
      .onConflictDoUpdate({ target: usageDays.id, set: sums(usageDays) })
      .prepare('usage_add_day'),
  )

  function placeholders(names: readonly string[], i: number) {
    return Object.fromEntries(names.map((name) => [name, p(`${name}${i}`)]))
  }

  /** Tells whether this batch, the last one that its process wrote, is there already. */
  async function isWritten({ writer, number }: UsageBatch): Promise<boolean> {
    const [mark] = await markOf().execute({ id: markId(writer) })
    return mark?.number === String(number)
  }

  async function mark({ writer, number }: UsageBatch): Promise<void> {
    const now = Date.now()
    const row = {
      id: markId(writer),
      fingerprint: String(number),
      answer: '',
      createdAt: new Date(now).toISOString(),
      expiresAt: new Date(now + markKeptMs).toISOString(),
    }
    await db
      .insert(idempotency)
      .values(row)
      .onConflictDoUpdate({ target: idempotency.id, set: row })
  }

  async function addRows(rows: readonly UsageRow[]): Promise<void> {
    // In one order everywhere: units that add at the same time do not wait for each other in a circle.
    const sorted = rows
      .map((row) => ({ ...row, id: usageId(row), day: `${row.day}T00:00:00.000Z` }))
      .sort((a, b) => (a.id < b.id ? -1 : 1))
    let at = 0
    for (const { size, insert } of inserts) {
      for (; sorted.length - at >= size; at += size) {
        await insert().execute(valuesOf(sorted.slice(at, at + size)))
      }
    }
  }

  async function addDays(rows: readonly UsageRow[]): Promise<void> {
    const days = new Map<string, Counts>()
    for (const row of rows) {
      const totals = days.get(row.day) ?? noCounts()
      addCounts(totals, row)
      days.set(row.day, totals)
    }
    for (const [id, totals] of [...days].sort(([a], [b]) => (a < b ? -1 : 1))) {
      await insertDay().execute(valuesOf([{ id, ...totals }]))
    }
  }

  return {
    /**
     * Adds a batch to what is there, once: in a unit alone on `['usage', writer]`, so that a first try whose outcome
     * nobody knows has ended before the second looks for its mark.
     */
    async add(batch: UsageBatch): Promise<void> {
      if (await isWritten(batch)) return
      await addRows(batch.rows)
      await addDays(batch.rows)
      await mark(batch)
    },
  }
}

/** The primary key: the day, and a hash of the rest. */
function usageId({ day, route, userId }: UsageRow): string {
  const hash = createHash('sha256').update(JSON.stringify([route, userId]))
  return `${day}.${hash.digest('hex').slice(0, 32)}`
}

/** No answer is kept under such an id: those are hashes. */
function markId(writer: string): string {
  return `usage.${writer}`
}

function valuesOf(rows: readonly object[]): Record<string, unknown> {
  return Object.fromEntries(
    rows.flatMap((row, i) => Object.entries(row).map(([name, value]) => [`${name}${i}`, value])),
  )
}

/** What is there and what comes, added up. */
function sums(t: Tables['usage'] | Tables['usageDays']): Record<keyof Counts, SQL> {
  return {
    requests: sql`${t.requests} + excluded.requests`,
    errors: sql`${t.errors} + excluded.errors`,
    refusals: sql`${t.refusals} + excluded.refusals`,
    bytesIn: sql`${t.bytesIn} + excluded.bytes_in`,
    bytesOut: sql`${t.bytesOut} + excluded.bytes_out`,
    duration: sql`${t.duration} + excluded.duration`,
  }
}
