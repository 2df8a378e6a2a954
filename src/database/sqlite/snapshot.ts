import { setImmediate as turn } from 'node:timers/promises'
import { DatabaseError } from '../database.errors.ts'
import type { Execute, Queryable } from '../database.ts'
import { connect } from './connection.ts'
import { createQueryable } from './queryable.ts'
import type { createOutcomeRecord } from '../outcome.ts'
import { createRun, type StatementOptions } from './statements.ts'

/** Each keeps the log from being emptied for as long as it lasts. */
const atOnce = 2

/** Reads of one state of the file, each on a read-only connection of its own. */
export function createSnapshots(
  options: StatementOptions & {
    /** The file to read; raises `unavailable` when it is gone, or is another one. */
    file: () => string
    outcome: ReturnType<typeof createOutcomeRecord>
  },
) {
  const { file, outcome } = options
  const running = new Set<Promise<unknown>>()

  async function read<Result>(work: (snapshot: Queryable) => Promise<Result>): Promise<Result> {
    const connection = connect(file(), { readonly: true })
    try {
      const run = createRun(connection, options)
      run('begin', [])
      // The first read fixes the state.
      run('select count(*) from sqlite_schema', [])
      const execute: Execute = async (sql, params) => {
        await turn()
        if (!connection.open) throw new Error('a snapshot has ended')
        return run(sql, params)
      }
      return await work(createQueryable(execute))
    } finally {
      connection.close()
    }
  }

  return {
    async snapshot<Result>(work: (snapshot: Queryable) => Promise<Result>): Promise<Result> {
      if (running.size >= atOnce) throw new DatabaseError('busy', 'too many snapshots are open')
      const startedAt = performance.now()
      const reading = read(work)
      running.add(reading)
      try {
        return await reading
      } catch (error) {
        outcome.failed(error, startedAt)
        throw error
      } finally {
        running.delete(reading)
      }
    },
    /** Resolves when the last one has ended. */
    async close() {
      await Promise.allSettled(running)
    },
  }
}
