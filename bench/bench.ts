import type { Pace } from './compare.ts'
import type { Databases } from './databases.ts'

/** What a row has at hand. */
export interface Bench {
  pace: Pace
  databases: Databases
  /** Whether rows of minutes are wanted, too. */
  full: boolean
  /** For files of the run; on the disk that the databases are on. */
  folder: string
}
