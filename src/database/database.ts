import type { PgRemoteDatabase } from 'drizzle-orm/pg-proxy'
import type { Tables } from './tables/tables.ts'
import type { WordIndex } from './words.ts'

/** A connection, an open unit or a snapshot, seen through drizzle; PostgreSQL's types stand for both dialects. */
export type Queryable = PgRemoteDatabase

/**
 * The one function that a dialect is reduced to: SQL with its parameters in, rows as arrays of column values out
 * (no rows for statements that return none). Raises `DatabaseError`.
 */
export type Execute = (sql: string, params: unknown[]) => Promise<{ rows: unknown[][] }>

/** What a unit must be alone on: a kind and a name, as in `['user', id]`. */
export type LockName = readonly [kind: string, name: string]

export interface UnitOptions {
  /** Units that name the same thing never overlap. */
  alone?: readonly LockName[]
  /** `bulk` is for imports: a long deadline, and the event loop gets its turn between statements. */
  deadline?: 'write' | 'bulk'
  /** Waits for every other unit, on every instance, to end, and refuses new ones with `frozen` meanwhile. */
  exclusive?: boolean
  /** Runs although writes are frozen: for thawing itself. */
  evenFrozen?: boolean
}

export interface PoolStats {
  max: number
  open: number
  inUse: number
  waiting: number
  /** How often, since the start, a request gave up waiting for a connection. */
  timeouts: number
  /** Of the newest connection over a network; `verified` where the certificate had to pass. */
  tls?: 'plain' | 'encrypted' | 'verified'
}

/** The last outcome of real traffic: the evidence that health rests on. */
export interface Outcome {
  ok: boolean
  /** When, as milliseconds since 1970. */
  at: number
  latencyMs: number
  /** The class of the failure, when it was one. */
  error?: string
}

export interface Database {
  /** For people to read. Code asks what a database can do, never which one it is. */
  readonly engine: 'sqlite' | 'postgres'
  /** Where in the server's database the tables are; a file has no such places. */
  readonly schema: string | undefined
  readonly tables: Tables
  /** A table of the service as statements name it that are written by hand. */
  tableName: (name: string) => string
  /** How it searches. */
  readonly words: WordIndex
  /** Reads outside a unit. Using it inside one throws at once, on both engines. */
  readonly db: Queryable
  /**
   * Makes the database usable: checks the file, or that the server answers. May be called again after it failed.
   * Raises `DatabaseError` (`unavailable`: worth trying again) or `StartError` (it is not).
   */
  open: () => Promise<void>
  /**
   * Runs `work` alone on what it names, and resolves after its changes are durable; when it rejects, nothing of it
   * is left. `work` may run more than once, so it has no effects outside the database, and uses nothing but `tx`.
   * `tx` belongs to the connection and comes again with later units: statements prepared on it may be kept.
   */
  unitOfWork: <Result>(
    options: UnitOptions,
    work: (tx: Queryable) => Promise<Result>,
  ) => Promise<Result>
  /** One consistent state of the database, on a connection of its own, for as long as `work` takes. */
  snapshot: <Result>(work: (snapshot: Queryable) => Promise<Result>) => Promise<Result>
  /** One transaction for the migration runner, under the migration lock. */
  migration: <Result>(
    work: (session: MigrationSession) => Promise<{ commit: boolean; result: Result }>,
  ) => Promise<Result>
  pool: () => PoolStats
  /** Undefined until something was asked of the database. */
  lastOutcome: () => Outcome | undefined
  /** Is told of every change from answering to failing and back. */
  onOutcomeChange: (listener: (ok: boolean) => void) => void
  /** Asks for the simplest answer there is, without waiting in the queue of the pool. */
  probe: () => Promise<void>
  /** What an administrator wants to know of it: version, size, settings of durability. */
  describe: () => Promise<Record<string, string | number | boolean | null>>
  /** Waits for what is running, then closes every connection. */
  close: () => Promise<void>
}

export interface MigrationSession {
  execute: Execute
  /** The service's tables that are there now, the ledger left out. */
  tables: () => Promise<string[]>
  /** Raises when a row refers to one that is not there. */
  checkReferences: () => Promise<void>
  /**
   * Keeps a copy of the database as it was before this transaction, and gives its path; the label goes into its
   * name. Undefined where the database is not a file of ours.
   */
  keepCopy: (label: string) => Promise<string | undefined>
}

export interface DatabaseOptions {
  poolMax: number
  poolMode: 'auto' | 'direct' | 'session' | 'transaction'
  /** Milliseconds, all of them. */
  idleTimeoutMs: number
  maxLifetimeMs: number
  connectTimeoutMs: number
  queryTimeoutMs: number
  /** Statements that take longer are logged, without their parameters; 0: none. */
  slowQueryMs: number
  /** Every statement is logged, without its parameters. */
  logQueries?: boolean
  log: DatabaseLog
}

/** The part of a pino logger that the database needs. */
export interface DatabaseLog {
  debug: (details: object, message: string) => void
  info: (details: object, message: string) => void
  warn: (details: object, message: string) => void
  error: (details: object, message: string) => void
}
