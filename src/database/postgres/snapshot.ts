import type { Queryable } from '../database.ts'
import type { Context } from './context.ts'
import { bulkDeadlineMs } from './deadlines.ts'
import { waitMs } from './pool.ts'
import { createSemaphore } from '../../semaphore.ts'
import { rollback } from './unit.ts'
import { assertOutsideUnit } from '../unit.context.ts'
import { createQueryable } from './queryable.ts'

/** SELECT 1 fixes the state: BEGIN alone leaves that to the first statement of the work. */
const begin = `begin isolation level repeatable read read only;
  set local idle_in_transaction_session_timeout = ${bulkDeadlineMs}; select 1`

/** Snapshots, one at a time: each holds a connection for as long as an export takes. See `Database.snapshot`. */
export function createSnapshots({ pool, record }: Context) {
  const turns = createSemaphore({ slots: 1, queueMax: 10, waitMs, what: 'the one snapshot' })
  const options = { deadlineMs: bulkDeadlineMs }

  return async function snapshot<Result>(
    work: (snapshot: Queryable) => Promise<Result>,
  ): Promise<Result> {
    assertOutsideUnit()
    if (!turns.take()) await turns.wait()
    const startedAt = performance.now()
    let lane = pool.take()
    let over = false
    try {
      lane ??= await pool.acquire()
      const { script, run } = lane
      await script(begin, options)
      const result = await work(
        createQueryable((sql, params) => {
          if (over) throw new Error('the snapshot has ended')
          return run(sql, params, options)
        }),
      )
      record.succeeded(startedAt)
      return result
    } catch (error) {
      record.failed(error, startedAt)
      throw error
    } finally {
      over = true
      if (lane) {
        await rollback(lane)
        pool.release(lane)
      }
      turns.leave()
    }
  }
}
