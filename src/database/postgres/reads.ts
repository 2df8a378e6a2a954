import type { Execute } from '../database.ts'
import { databaseErrorIn } from '../database.errors.ts'
import type { Context } from './context.ts'
import { assertOutsideUnit } from '../unit.context.ts'

/** Reads outside units, each on whichever connection is free. */
export function createReads({ pool, record, queryTimeoutMs }: Context): Execute {
  const options = { deadlineMs: queryTimeoutMs }

  return async function read(sql, params) {
    assertOutsideUnit()
    const startedAt = performance.now()
    let lane = pool.take()
    try {
      const first = (lane ??= await pool.acquire())
      const answer = await first.run(sql, params, options).catch(async (error: unknown) => {
        // A connection that was lost says nothing of the database: reads may be asked again.
        if (databaseErrorIn(error)?.kind !== 'unavailable') throw error
        lane = await pool.replace(first)
        return lane.run(sql, params, options)
      })
      record.succeeded(startedAt)
      return answer
    } catch (error) {
      record.failed(error, startedAt)
      throw error
    } finally {
      if (lane) pool.release(lane)
    }
  }
}
