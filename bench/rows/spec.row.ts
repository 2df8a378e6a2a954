import type { Bench } from '../bench.ts'
import type { Figure } from '../figure.ts'
import { isOpen, slugOfIndex } from '../specs.data.ts'
import { measureRead, specCount } from './read.ts'

/** Those that anyone may read, of the first of so many. */
export function openSlugs(count: number): string[] {
  return Array.from({ length: count }, (_, index) => index)
    .filter(isOpen)
    .map(slugOfIndex)
}

const what = 'GET /api/specs/:slug, 10,000 specs'
const paths = openSlugs(specCount).map((slug) => `/api/specs/${slug}`)

/** P1: one spec by its slug, out of 10,000, on SQLite. */
export async function specOnSqlite(bench: Bench): Promise<Figure[]> {
  const limit = 'spec.sqlite.ts'
  const goal = { ratioAtMost: 2 }
  return [await measureRead(bench, { row: 'P1', engine: 'sqlite', what, limit, paths, goal })]
}

/** P2: the same on PostgreSQL. */
export async function specOnPostgres(bench: Bench): Promise<Figure[]> {
  const limit = 'spec.postgres.ts'
  const goal = { ratioAtMost: 1.5 }
  return [await measureRead(bench, { row: 'P2', engine: 'postgres', what, limit, paths, goal })]
}
