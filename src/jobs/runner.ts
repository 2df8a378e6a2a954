import type { Repositories, Storage } from '../storage.ts'
import type { Job, JobResult } from './job.ts'
import { JobRunningError } from './jobs.errors.ts'
import type { Due } from './jobs.repository.ts'
import { createLease } from './lease.ts'

export interface RunOptions {
  budgetMs: number
  signal: AbortSignal
}

export interface JobEnded extends JobResult {
  job: string
  startedAt: string
  endedAt: string
}

/** A job that was begun: no other instance runs it until it has ended. */
export interface Begun {
  /** Does it, up to its end. Raises what the job raises; that is recorded then. */
  work: () => Promise<JobEnded>
  /** Records how it went, in a unit of the caller's. Raises `LeaseLostError`. */
  end: (tx: Repositories, ended: JobEnded) => Promise<void>
}

/**
 * Runs jobs, each on one instance at a time: the table `jobs` says whose it is. `now` gives milliseconds since 1970;
 * `onEnd` is told of runs that came to their end.
 */
export function createJobRunner(
  storage: Storage,
  { now = Date.now, onEnd }: { now?: () => number; onEnd?: (ended: JobEnded) => void } = {},
) {
  const timestamp = () => new Date(now()).toISOString()

  async function begin(
    name: string,
    job: Job,
    { budgetMs, signal, due }: RunOptions & { due?: Due },
  ): Promise<Begun | undefined> {
    const startedAt = timestamp()
    const lease = createLease(storage, name, now)
    if (!(await lease.take(startedAt, due))) return undefined

    async function work(): Promise<JobEnded> {
      try {
        const deadline = performance.now() + budgetMs
        const result = await job({ step: (work) => lease.step(work), signal, deadline })
        const ended = { job: name, startedAt, endedAt: timestamp(), ...result }
        onEnd?.(ended)
        return ended
      } catch (error) {
        const failed = { endedAt: timestamp(), outcome: 'failed' as const, details: {} }
        // What it failed of may keep it from being recorded; the lease ends by itself then.
        await storage.unitOfWork({}, (tx) => lease.end(tx, failed)).catch(() => undefined)
        throw error
      }
    }

    return {
      work,
      end: (tx, { endedAt, outcome, details }) => lease.end(tx, { endedAt, outcome, details }),
    }
  }

  return {
    /** Begins a job that somebody asks for. Raises `JobRunningError`. */
    async begin(name: string, job: Job, options: RunOptions): Promise<Begun> {
      const begun = await begin(name, job, options)
      if (begun) return begun
      const row = await storage.jobs.byName(name)
      throw new JobRunningError(name, row?.holder ?? 'another', row?.startedAt ?? 'a moment ago')
    },

    /** Runs a job that is due, and records how it went. Undefined when it is not due, or another has it. */
    async runDue(
      name: string,
      job: Job,
      options: RunOptions & { due: Due },
    ): Promise<JobEnded | undefined> {
      const begun = await begin(name, job, options)
      if (!begun) return undefined
      const ended = await begun.work()
      await storage.unitOfWork({}, (tx) => begun.end(tx, ended))
      return ended
    },
  }
}
