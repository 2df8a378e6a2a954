import type { DatabaseOptions } from '../../database/database.ts'
import type { SqliteTarget } from '../../database/target/target.ts'
import type { Surroundings } from '../../platform/durability.ts'

/** What the steps know of a file, and tell the next ones. */
export interface SqliteContext {
  target: SqliteTarget
  database: Readonly<Omit<DatabaseOptions, 'log'>>
  surroundings: Surroundings
  /** The whole path. */
  file: string
  /** Whether it is there. */
  exists?: boolean
}
