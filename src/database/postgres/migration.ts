import type { MigrationSession } from '../database.ts'
import type { Context } from './context.ts'
import { migrationDeadlineMs } from './deadlines.ts'
import type { Lane } from './lane.ts'
import { createLocks } from './locks.ts'
import { quoted } from '../names.ts'
import { ensureSchema } from './schema.ts'
import { finish, rollback } from './unit.ts'
import { assertOutsideUnit } from '../unit.context.ts'

/**
 * The lock first: whoever waits for it must see what its holder did. Everything is bounded by the transaction, as
 * poolers know no sessions. A holder that went silent is thrown out after 30 seconds; others wait twice that.
 * Names without a schema are ours: a temporary table, which somebody may have left behind a pooler, comes last.
 */
const begin = (schema: string) => `begin isolation level read committed;
  set local statement_timeout = 0;
  set local idle_in_transaction_session_timeout = '30s';
  set local lock_timeout = '60s';
  select pg_advisory_xact_lock(${createLocks(schema).migration})::text;
  set local lock_timeout = '5s';
  set local synchronous_commit = on;
  set local search_path to ${quoted(schema)}, pg_temp`

/** Those of other programs, which may live in the same schema, belong to other roles. */
const tablesOfSchema = `select relname from pg_catalog.pg_class t
  join pg_catalog.pg_namespace s on s.oid = t.relnamespace
  where s.nspname = current_schema() and t.relkind in ('r', 'p') and t.relname <> 'holdfast_migrations'
    and pg_has_role(t.relowner, 'USAGE')
  order by relname collate "C"`

/** Migrations, on a connection beside the pool. See `Database.migration`. */
export function createMigrations({ pool, record, schema }: Context) {
  const options = { deadlineMs: migrationDeadlineMs }

  return async function migration<Result>(
    work: (session: MigrationSession) => Promise<{ commit: boolean; result: Result }>,
  ): Promise<Result> {
    assertOutsideUnit()
    const startedAt = performance.now()
    let lane: Lane | undefined
    try {
      pool.letGo()
      lane = await pool.extra()
      await lane.script(begin(schema), options)
      await ensureSchema(lane, schema, options)
      const { commit, result } = await work(createSession(lane))
      if (commit) await finish(lane, result, migrationDeadlineMs)
      record.succeeded(startedAt)
      return result
    } catch (error) {
      record.failed(error, startedAt)
      throw error
    } finally {
      if (lane) {
        await rollback(lane)
        pool.dismiss(lane)
      }
    }
  }

  function createSession(lane: Lane): MigrationSession {
    return {
      async execute(sql, params) {
        if (params.length > 0) return lane.run(sql, params, options)
        // Statements of a schema are run once: a name on the server would be of no use to anybody.
        const answers = await lane.script(sql, options)
        return { rows: answers.at(-1) ?? [] }
      },
      async tables() {
        const [answer] = await lane.script(tablesOfSchema, options)
        return (answer ?? []).map(([name]) => String(name))
      },
      /** The server checks references as they are made; only deferred ones can be left over. */
      async checkReferences() {
        await lane.script('set constraints all immediate', options)
      },
      /** The database is a server's, which has its own copies. */
      keepCopy: () => Promise.resolve(undefined),
    }
  }
}
