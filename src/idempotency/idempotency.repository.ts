import { eq, sql } from 'drizzle-orm'
import type { Queryable } from '../database/database.ts'
import { pruneExpired } from '../database/prune.ts'
import type { Tables } from '../database/tables/tables.ts'
import { lazy } from '../lazy.ts'
import { KeyReusedError, type Repeat } from './repeat.ts'

export type { Repeat } from './repeat.ts'

const keptMs = 24 * 60 * 60 * 1000
/** The first answers of requests that carried an Idempotency-Key. */
export function createIdempotency(db: Queryable, { idempotency: t }: Tables) {
  const byId = lazy(() =>
    db
      .select()
      .from(t)
      .where(eq(t.id, sql.placeholder('id')))
      .prepare('idempotency_by_id'),
  )

  return {
    /** The answer to this request's first coming, if it was less than a day ago. Raises `KeyReusedError`. */
    async recall(repeat: Repeat): Promise<{ answer: unknown } | undefined> {
      const [row] = await byId().execute({ id: repeat.id })
      if (!row || row.expiresAt <= new Date().toISOString()) return undefined
      if (row.fingerprint !== repeat.fingerprint) throw new KeyReusedError()
      return { answer: repeat.open(row.answer) }
    },

    /** Whether anything was kept under the key of this request, be it of another one. */
    async isKept({ id }: Pick<Repeat, 'id'>): Promise<boolean> {
      return (await byId().execute({ id })).length > 0
    },

    /** Keeps the answer for a day, and lets go of a few whose day is over. */
    async keep(repeat: Repeat, answer: unknown): Promise<void> {
      const now = new Date()
      const record = {
        id: repeat.id,
        fingerprint: repeat.fingerprint,
        answer: repeat.seal(answer),
        createdAt: now.toISOString(),
        expiresAt: new Date(now.getTime() + keptMs).toISOString(),
      }
      await db.insert(t).values(record).onConflictDoUpdate({ target: t.id, set: record })
      await pruneExpired(db, t, record.createdAt)
    },
  }
}
