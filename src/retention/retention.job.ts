import type { Job, JobRun } from '../jobs/job.ts'
import { expiringTables, type ExpiringTable } from './expiring-tables.ts'
import { rowsAtOnce } from './retention.repository.ts'

/**
 * Deletes the rows whose time is over, as their tables declare it, the oldest first: a batch of each table in turn,
 * so that a long table does not keep the others waiting. The details are how many went, by table.
 */
export function createRetentionJob(now: () => number = Date.now): Job {
  return async (run) => {
    const startedAt = now()
    const details: Record<string, number> = {}
    let left = [...expiringTables]
    while (left.length > 0) {
      const more: ExpiringTable[] = []
      for (const expiring of left) {
        if (isOver(run)) return { outcome: 'unfinished', details }
        const before = new Date(startedAt - expiring.seconds * 1000).toISOString()
        const count = await run.step((tx) => tx.retention.deleteOldest(expiring.table, before))
        if (count > 0) details[expiring.table] = (details[expiring.table] ?? 0) + count
        if (count === rowsAtOnce) more.push(expiring)
      }
      left = more
    }
    return { outcome: 'done', details }
  }
}

function isOver({ signal, deadline }: JobRun): boolean {
  return signal.aborted || performance.now() > deadline
}
