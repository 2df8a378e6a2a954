import type { createOutcomeRecord } from '../outcome.ts'
import type { Pool } from './pool.ts'

/** What reads, units and snapshots are made of. */
export interface Context {
  /** Where the service's tables are. */
  schema: string
  pool: Pool
  record: ReturnType<typeof createOutcomeRecord>
  /** A statement of a request. */
  queryTimeoutMs: number
}
