import { onServer } from './on-server.ts'
import type { Place } from './databases.fill.ts'

/** The processes of a PostgreSQL on this machine that work for a database; undefined for SQLite, which has none. */
export function backendsOf(place: Place): (() => Promise<number[]>) | undefined {
  if (!('DATABASE_URL' in place) || process.env.BENCH_DATABASE_URL) return undefined
  return () =>
    onServer(place.DATABASE_URL, async (sql) => {
      const rows = await sql<{ pid: number }[]>`
        select pid from pg_stat_activity
        where datname = current_database() and backend_type = 'client backend'
          and pid <> pg_backend_pid()`
      return rows.map(({ pid }) => pid)
    })
}
