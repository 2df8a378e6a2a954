import fp from 'fastify-plugin'
import type { Job } from '../jobs/job.ts'
import { createJobRunner, type Begun, type JobEnded } from '../jobs/runner.ts'
import type { Due } from '../jobs/jobs.repository.ts'
import { JobNotFoundError } from '../jobs/jobs.errors.ts'
import { createRetentionJob } from '../retention/retention.job.ts'

declare module 'fastify' {
  interface FastifyInstance {
    jobs: {
      /** Of all jobs that there are. */
      names: readonly string[]
      /** Of each job, the last run of this process. */
      lastRuns: ReadonlyMap<string, JobEnded>
      /** Begins a job that somebody asks for. Raises `JobNotFoundError` and `JobRunningError`. */
      begin: (name: string, budgetMs: number) => Promise<Begun>
      /** Runs a job if it is due. Undefined when it is not, or another has it. */
      runDue: (
        name: string,
        options: { budgetMs: number; due: Due },
      ) => Promise<JobEnded | undefined>
    }
  }
}

/** The jobs that there are. At the end, those that run stop after their step. */
export default fp(
  (app) => {
    const jobs: Record<string, Job> = { retention: createRetentionJob() }
    const lastRuns = new Map<string, JobEnded>()
    const runner = createJobRunner(app.storage, {
      onEnd: (ended) => lastRuns.set(ended.job, ended),
    })
    const closing = new AbortController()
    const { signal } = closing

    function jobOf(name: string): Job {
      const job = Object.hasOwn(jobs, name) ? jobs[name] : undefined
      if (!job) throw new JobNotFoundError()
      return job
    }

    app.decorate('jobs', {
      names: Object.keys(jobs),
      lastRuns,
      begin: async (name, budgetMs) => runner.begin(name, jobOf(name), { budgetMs, signal }),
      runDue: async (name, options) => runner.runDue(name, jobOf(name), { ...options, signal }),
    })
    app.addHook('preClose', (done) => {
      closing.abort()
      done()
    })
  },
  { name: 'jobs', dependencies: ['storage'] },
)
