import { DatabaseError } from '../database.errors.ts'
import { literal } from '../names.ts'
import type { PostgresTarget } from '../target/target.ts'
import type { Answer } from './client.ts'

/** What stands at the other end of a new connection. */
export interface Found {
  /** What a cancel request must name. */
  backend: { pid: number; secret: number }
  pooled: boolean
  /** Commits are durable before they are acknowledged, without being asked to be. */
  durable: boolean
}

/** The first question on a connection. */
export async function askServer(ask: (sql: string) => Promise<Answer[]>): Promise<Found> {
  const [answer] = await ask(`select pg_backend_pid(), current_setting('synchronous_commit')`)
  if (!answer) throw new DatabaseError('unavailable', 'the server answered nothing')
  const [pid, synchronousCommit] = answer[0] ?? []
  return {
    backend: answer.state,
    // Behind a pooler the start-up message came from the pooler, with a number of its own making.
    pooled: pid !== answer.state.pid,
    durable: synchronousCommit === 'on' || synchronousCommit === 'remote_apply',
  }
}

/** What the address sets for the session: where there is one to set it for, or else not at all. */
export function settingsFor(
  { settings = {} }: PostgresTarget,
  isSession: boolean,
): string | undefined {
  const calls = Object.entries(settings).map(
    ([name, value]) => `set_config(${literal(name)}, ${literal(value)}, false)`,
  )
  return isSession && calls.length > 0 ? `select ${calls.join(', ')}` : undefined
}
