import type { Registry } from '@prometheus-io/client'
import type { FastifyInstance } from 'fastify'
import { createReadings } from './readings.ts'
import type { Client } from './requests.ts'

/** The pool, and the last outcome of real traffic: nothing is asked of the database. */
export function measureDatabase(app: FastifyInstance, client: Client, registry: Registry): void {
  const { gauge, counter } = createReadings(client, registry)
  const pool = () => app.database.pool()
  gauge('holdfast_database_pool_max', 'Connections that there may be.', () => pool().max)
  gauge('holdfast_database_pool_open', 'Connections that are open.', () => pool().open)
  gauge('holdfast_database_pool_in_use', 'Connections in use.', () => pool().inUse)
  gauge('holdfast_database_pool_waiting', 'Requests that wait for one.', () => pool().waiting)
  counter('holdfast_database_pool_timeouts_total', 'Requests that gave up waiting.', () => {
    return pool().timeouts
  })
  gauge('holdfast_database_up', '1 when the last thing asked of it was answered.', () => {
    return Number(app.database.lastOutcome()?.ok === true)
  })
}

/** The last runs of jobs by this process; another may have run them later. */
export function measureJobs(app: FastifyInstance, client: Client, registry: Registry): void {
  const lastRuns = new client.Gauge({
    name: 'holdfast_job_last_run_timestamp_seconds',
    help: 'When this process last ran a job to its end.',
    labelNames: ['job', 'outcome'],
    registers: [],
    collect() {
      this.reset()
      for (const { job, outcome, endedAt } of app.jobs.lastRuns.values()) {
        this.set({ job, outcome }, Date.parse(endedAt) / 1000)
      }
    },
  })
  registry.registerMetric(lastRuns)
}
