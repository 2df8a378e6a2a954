import type { Database, DatabaseOptions } from './database.ts'
import { openPostgres } from './postgres/postgres.ts'
import { openSqlite } from './sqlite/sqlite.ts'
import type { Target } from './target/target.ts'

/** The one place that chooses a dialect. Connects to nothing yet: `open()` does. */
export function openDatabase(target: Target, options: DatabaseOptions): Database {
  return target.kind === 'sqlite' ? openSqlite(target, options) : openPostgres(target, options)
}
