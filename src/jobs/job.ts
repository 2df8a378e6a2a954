import type { Details } from '../database/tables/activity.tables.ts'
import type { Repositories } from '../storage.ts'

/** What a run of a job may do. */
export interface JobRun {
  /** When it should end, on the clock of `performance.now()`. */
  deadline: number
  /** Aborted when the process ends: what is left stays for the next run. */
  signal: AbortSignal
  /** Runs a step as one unit, which also keeps the job for longer. Raises `LeaseLostError`; nothing is left then. */
  step: <Result>(work: (tx: Repositories) => Promise<Result>) => Promise<Result>
}

export interface JobResult {
  /** `unfinished`: there is more to do than there was time for. */
  outcome: 'done' | 'unfinished'
  /** Counts, for people to read. */
  details: Details
}

/** Work in small steps, which may end after any of them and go on in another run. */
export type Job = (run: JobRun) => Promise<JobResult>
