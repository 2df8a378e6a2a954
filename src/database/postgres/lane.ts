import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { Execute, Queryable } from '../database.ts'
import { DatabaseError } from '../database.errors.ts'
import { answersOf, createClient, rowsOf, type Answer } from './client.ts'
import { copyOf, timeoutError, toDatabaseError } from './errors.ts'
import { askServer, settingsFor } from './greeting.ts'
import { createNaming } from './naming.ts'
import { cancelBackend, connectionError, connectSocket, isLoss } from './socket.ts'
import { tlsOf, type Tls } from './tls.ts'
import { toText } from './types.ts'
import type { PostgresTarget } from '../target/target.ts'
import { assertInsideUnit } from '../unit.context.ts'
import { createQueryable } from './queryable.ts'

/** How long a late statement has, after it was cancelled, before its connection is cut. */
export const cutMs = 500

/** The protocol counts them with 16 bits; the driver stops two short of that. */
const paramsMax = 65_533

export interface LaneOptions {
  target: PostgresTarget
  connectTimeoutMs: number
  /**
   * Whether statements may be named; undefined: unless a pooler stands in between. Whether one in session mode does,
   * which would bear it, nothing shows for certain, and one in transaction mode would let them hang.
   */
  named: boolean | undefined
  /** Told of every connection that is made. */
  onOpen: (tls: Tls) => void
  onStatement: (sql: string, ms: number) => void
  onLost: (lane: Lane) => void
}

/** A unit that is going on: its object is its identity (see unit.context.ts). */
export interface ActiveUnit {
  execute: Execute
}

export interface RunOptions {
  deadlineMs: number
  /** A COMMIT is not cancelled: it would only make its outcome harder to know. */
  cancel?: boolean
}

/** One connection, for as long as it lasts: it is never opened again. */
export type Lane = Awaited<ReturnType<typeof openLane>>

/**
 * Connects and asks the server what matters for units. Raises `DatabaseError`, at the latest after the connect
 * time-out.
 */
export async function openLane(options: LaneOptions) {
  const startedAt = performance.now()
  const { target, connectTimeoutMs } = options
  let socket: Socket
  try {
    socket = await connectSocket(target, connectTimeoutMs)
  } catch (error) {
    throw toDatabaseError(error)
  }
  try {
    const lane = createLane(options, socket)
    options.onOpen(lane.tls)
    await lane.greet(Math.max(1, connectTimeoutMs - (performance.now() - startedAt)))
    return lane
  } catch (error) {
    socket.destroy()
    // With TLS 1.3 the server reads a client's certificate after all is agreed on, and its word may get lost.
    const shown = target.cert !== undefined && isLoss(error)
    throw toDatabaseError(shown ? connectionError('TLS_CLIENT_REFUSED') : error)
  }
}

function createLane({ target, named, onStatement, onLost }: LaneOptions, socket: Socket) {
  const client = createClient(target, socket)
  const isNamed = createNaming()
  const running = new Set<(error: DatabaseError) => void>()
  let lost: DatabaseError | undefined
  let cause = 'CONNECTION_CLOSED'
  /** A cancel request is on its way, and may hit what the connection does next. */
  let poisoned = false
  let closing = false

  socket.on('error', (error: NodeJS.ErrnoException) => {
    cause = error.code ?? cause
  })
  // The driver leaves statements unanswered that it had not sent yet, so all of them are ended here.
  socket.on('close', () => {
    lost = toDatabaseError(connectionError(cause))
    for (const fail of running) fail(lost)
    onLost(lane)
  })

  const tx: Queryable = createQueryable((sql, params) => {
    assertInsideUnit(lane.unit)
    return lane.unit.execute(sql, params)
  })

  const lane = {
    tx,
    unit: undefined as ActiveUnit | undefined,
    /** On both clocks: that of `performance.now()` may stand still while the machine does, and the other be set. */
    idleSince: { steady: 0, wall: 0 },
    /** On the clock of `performance.now()`. */
    expiresAt: Infinity,
    backend: { pid: 0, secret: 0 },
    pooled: false,
    /** Commits are durable before they are acknowledged, without being asked to be. */
    durable: true,
    tls: tlsOf(target, socket),
    protocol: socket instanceof TLSSocket ? socket.getProtocol() : null,
    usable: () => lost === undefined && !poisoned && !closing,
    isLost: () => lost !== undefined,

    /** One statement. */
    run: (sql: string, params: unknown[], options: RunOptions): Promise<{ rows: unknown[][] }> => {
      if (params.length > paramsMax) throw new DatabaseError('other', 'too many parameters')
      const texts = params.map(toText)
      return settle(
        sql,
        options,
        () => client.statement(sql, texts, mayName() && isNamed(sql)),
        rowsOf,
      )
    },

    /** Statements without parameters in one message, which ends at the first that fails; the answers of each. */
    script: (sql: string, options: RunOptions): Promise<Answer[]> =>
      settle(sql, options, () => client.script(sql), answersOf),

    /** Opens the connection, and finds out what stands at its other end. */
    async greet(deadlineMs: number) {
      const timer = setTimeout(() => {
        cause = 'CONNECT_TIMEOUT'
        socket.destroy()
      }, deadlineMs)
      try {
        const found = await askServer((sql) =>
          lane.script(sql, { deadlineMs: deadlineMs * 2, cancel: false }),
        )
        Object.assign(lane, found)
        const settings = settingsFor(target, mayName())
        if (settings) await lane.script(settings, { deadlineMs: deadlineMs * 2, cancel: false })
      } finally {
        clearTimeout(timer)
      }
    },

    /** Asks the server to end what is running, if anything is. Not for use again after that. */
    cancelRunning() {
      if (running.size === 0) return
      poisoned = true
      // Fails when the server is gone; then the connection is cut.
      cancelBackend(target, lane.backend, cutMs).catch(() => undefined)
    },

    /** Says good-bye; the server has a second to hear it. */
    close() {
      if (lost || closing) return
      closing = true
      socket.end(terminate)
      setTimeout(() => socket.destroy(), 1_000).unref()
    },

    destroy: () => void socket.destroy(),
  }
  return lane

  function mayName(): boolean {
    return named ?? !lane.pooled
  }

  /** Settles with the answer, at the loss of the connection, or at the latest `cutMs` after the deadline. */
  function settle<Given, Result>(
    sql: string,
    { deadlineMs, cancel = true }: RunOptions,
    start: () => PromiseLike<Given>,
    map: (given: Given) => Result,
  ): Promise<Result> {
    if (lost) return Promise.reject(copyOf(lost))
    return new Promise((resolve, reject) => {
      const startedAt = performance.now()
      let late = false
      let timer = setTimeout(() => {
        late = true
        timer = setTimeout(() => socket.destroy(), cutMs)
        if (cancel) lane.cancelRunning()
      }, deadlineMs)
      // False when the connection was lost before: the driver says so a second time.
      const end = () => {
        if (!running.delete(fail)) return false
        clearTimeout(timer)
        onStatement(sql, performance.now() - startedAt)
        return true
      }
      const fail = (error: unknown) => {
        if (end()) reject(late ? timeoutError() : copyOf(toDatabaseError(error)))
      }
      const succeed = (given: Given) => {
        if (end()) resolve(map(given))
      }
      running.add(fail)
      start().then(succeed, fail)
    })
  }
}

/** PostgreSQL's message "Terminate". */
const terminate = Buffer.from([88, 0, 0, 0, 4])
