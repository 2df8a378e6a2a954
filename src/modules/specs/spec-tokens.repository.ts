import { sql } from 'drizzle-orm'
import type { Queryable } from '../../database/database.ts'
import type { Tables } from '../../database/tables/tables.ts'
import { lazy } from '../../lazy.ts'
import { placeholders } from './specs.columns.repository.ts'

export function createSpecTokens(db: Queryable, { specTokens: t }: Tables) {
  const upsert = lazy(() =>
    db
      .insert(t)
      .values(placeholders(t))
      .onConflictDoUpdate({ target: t.id, set: { tokens: sql`excluded.tokens` } })
      .prepare('spec_tokens_upsert'),
  )

  return {
    /** What a spec is found by from now on: see search/tokens.ts. */
    async put(specId: string, tokens: readonly string[]): Promise<void> {
      await upsert().execute({ id: specId, tokens: tokens.join(' ') })
    },
  }
}
