import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Repositories, Storage } from '../storage.ts'
import { LeaseLostError } from './jobs.errors.ts'
import type { Due, Ending } from './jobs.repository.ts'

/** A holder that says nothing for so long has ended; each step says something. */
const leaseMs = 60_000

/**
 * A run's claim on a job, which no other run has at the same time. `now` gives milliseconds since 1970; instances'
 * clocks may differ by less than the lease lasts.
 */
export function createLease(storage: Storage, job: string, now: () => number) {
  // Of its own for each run: also the process that lost a job does not take it for its own.
  const holder = `${hostname().slice(0, 100)} ${process.pid} ${randomUUID().slice(0, 8)}`
  const timestamp = (ms: number) => new Date(ms).toISOString()
  const renewal = () => ({ job, holder, until: timestamp(now() + leaseMs) })

  /** Where nobody knows whether it was taken, others need not wait for its end. */
  async function release(): Promise<void> {
    const over = { job, holder, until: timestamp(now()) }
    await storage.unitOfWork({}, (tx) => tx.jobs.renew(over)).catch(() => undefined)
  }

  return {
    /** Tells whether the job is ours from now on. */
    async take(startedAt: string, due?: Due): Promise<boolean> {
      const taking = { ...renewal(), now: startedAt }
      try {
        return await storage.unitOfWork({}, (tx) => tx.jobs.take(taking, due))
      } catch (error) {
        await release()
        throw error
      }
    },

    /** Runs work as a unit in which the job is ours, and will be for longer. Raises `LeaseLostError`. */
    step<Result>(work: (tx: Repositories) => Promise<Result>): Promise<Result> {
      return storage.unitOfWork({}, async (tx) => {
        if (!(await tx.jobs.renew(renewal()))) throw new LeaseLostError()
        return work(tx)
      })
    },

    /** Says how it went and lets the job go, in a unit of the caller's. Raises `LeaseLostError`. */
    async end(tx: Repositories, ending: Ending): Promise<void> {
      if (!(await tx.jobs.end({ job, holder }, ending))) throw new LeaseLostError()
    },
  }
}
