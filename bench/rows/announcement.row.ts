import type { Bench } from '../bench.ts'
import { announcementIds } from '../data.ts'
import type { Figure } from '../figure.ts'
import { measureRead } from './read.ts'

const what = 'GET /api/announcements/:id, 10,000 announcements'
const paths = announcementIds.map((id) => `/api/announcements/${id}`)

/** P1: one announcement by its id, out of 10,000, on SQLite. */
export async function announcementOnSqlite(bench: Bench): Promise<Figure[]> {
  const limit = 'announcement.sqlite.ts'
  const goal = { ratioAtMost: 2 }
  return [await measureRead(bench, { row: 'P1', engine: 'sqlite', what, limit, paths, goal })]
}

/** P2: the same on PostgreSQL. */
export async function announcementOnPostgres(bench: Bench): Promise<Figure[]> {
  const limit = 'announcement.postgres.ts'
  const goal = { ratioAtMost: 1.5 }
  return [await measureRead(bench, { row: 'P2', engine: 'postgres', what, limit, paths, goal })]
}
