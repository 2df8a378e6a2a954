import type { FastifyInstance } from 'fastify'
import type { JobRow } from '../../jobs/jobs.repository.ts'

/** The last run of each job, as far as the database knows. */
export async function jobsHealth({ jobs, storage }: FastifyInstance) {
  const rows = new Map((await storage.jobs.list()).map((row) => [row.id, row]))
  return jobs.names.map((name) => healthOf(name, rows.get(name)))
}

function healthOf(name: string, row: JobRow | undefined) {
  return {
    name,
    startedAt: row?.startedAt ?? null,
    endedAt: row?.endedAt ?? null,
    outcome: row?.outcome ?? null,
    details: row?.details ?? {},
    // Of a process that was killed the name stays; it has nothing any more when its time is over.
    holder: isHeld(row) ? row.holder : null,
  }
}

function isHeld(row: JobRow | undefined): row is JobRow {
  return row !== undefined && row.heldUntil !== null && row.heldUntil > new Date().toISOString()
}
