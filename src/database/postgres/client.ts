import type { Socket } from 'node:net'
import postgres from 'postgres'
import { connectionError } from './socket.ts'
import { types } from './types.ts'
import type { PostgresTarget } from '../target/target.ts'

/** The rows of one statement as arrays of values, the server's word for it ("COMMIT"), and the backend's numbers. */
export type Answer = unknown[][] & { command: string; state: { pid: number; secret: number } }

export type Client = ReturnType<typeof createClient>

/**
 * The driver on a socket that is connected already. It gets every option, so that no `PG…` variable reaches it, none
 * of its timers, which could end the connection between two statements of a transaction, and no second socket: after
 * a loss it would go on with the rest of the transaction outside of it.
 */
export function createClient(target: PostgresTarget, socket: Socket) {
  let given = false
  const options = {
    max: 1,
    // Only for its error texts; the socket is ours.
    host: 'database',
    port: target.port,
    database: target.database,
    user: target.user,
    // A function: an empty password would send the driver to PGPASSWORD.
    password: () => target.password ?? '',
    ssl: false,
    sslnegotiation: null,
    idle_timeout: 0,
    max_lifetime: null,
    connect_timeout: 0,
    keep_alive: 30,
    max_pipeline: 100,
    backoff: false,
    prepare: true,
    debug: false,
    fetch_types: false,
    publications: 'alltables',
    target_session_attrs: undefined,
    types,
    onnotice: () => undefined,
    // PgBouncer takes these three, and refuses most others.
    connection: {
      application_name: target.applicationName ?? 'holdfast',
      DateStyle: 'ISO',
      TimeZone: 'UTC',
      ...(target.endpoint !== undefined && { options: `endpoint=${target.endpoint}` }),
    },
    socket: () => {
      if (given) throw connectionError('CONNECTION_CLOSED')
      given = true
      return socket
    },
  }
  const sql = postgres(options)
  forgetOrigins(sql)

  return {
    /** One statement, in one round trip: prepared once under a name, or every time anew without one. */
    statement(text: string, params: (string | null)[], named: boolean): PromiseLike<Answer> {
      if (named) return sql.unsafe(text, params, preparedOnce).values()
      // Given as arguments, the driver would ask for their types first, and wait. All of them are texts.
      const query = sql.unsafe(text, [], preparedAnew)
      return Object.assign(query, { parameters: params }).values()
    },
    /** One message with as many statements as there are. */
    script: (text: string) =>
      sql.unsafe(text).values() as unknown as PromiseLike<Answer | Answer[]>,
  }
}

const preparedOnce = { prepare: true, simple: false }
const preparedAnew = { prepare: false, simple: false }

/**
 * The driver keeps the place of origin of every statement that failed, for ever; for ours, whose text comes from
 * elsewhere, it is always empty.
 */
function forgetOrigins(sql: postgres.Sql) {
  const prototype = Object.getPrototypeOf(sql.unsafe('')) as object
  Object.defineProperty(prototype, 'origin', { get: () => '', configurable: true })
}

/** The answers of a script, one for each statement that gave rows, and one before them for those that did not. */
export function answersOf(given: Answer | Answer[]): Answer[] {
  return 'command' in given ? [given] : given
}

/** The rows of a statement; of the last one when there were several. */
export function rowsOf(given: Answer | Answer[]): { rows: unknown[][] } {
  return { rows: answersOf(given).at(-1) ?? [] }
}
