import type { createOutcomeRecord } from '../outcome.ts'
import type { Pool } from './pool.ts'

/** What reads, units and snapshots are made of. */
export interface Context {
  pool: Pool
  record: ReturnType<typeof createOutcomeRecord>
  /** A statement of a request. */
  queryTimeoutMs: number
}
