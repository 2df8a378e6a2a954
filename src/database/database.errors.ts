/**
 * What went wrong, in words that both dialects share.
 *
 * - `unique`, `foreign_key`, `check`, `not_null`: the data breaks a constraint.
 * - `unavailable`: the database cannot be reached, or the connection was lost.
 * - `busy`: no connection or no turn within the wait; nothing was begun.
 * - `timeout`: begun, and ended by its deadline.
 * - `frozen`: writes are refused for now.
 * - `full`: no room left. `readonly`: it takes no writes. `corrupt`: it cannot be trusted.
 * - `conflict`: deadlock or serialisation failure, still there after the retries.
 * - `other`: a mistake in the code; its statement belongs in the log.
 */
export type DatabaseErrorKind =
  | 'unique'
  | 'foreign_key'
  | 'check'
  | 'not_null'
  | 'unavailable'
  | 'busy'
  | 'timeout'
  | 'frozen'
  | 'full'
  | 'readonly'
  | 'corrupt'
  | 'conflict'
  | 'other'

interface DatabaseErrorDetails {
  /** SQLSTATE or SQLite's code; never the driver's text, which may hold values. */
  code?: string
  /** The index or constraint, named alike on both dialects: `users_username_unique`, `users_pkey`. */
  constraint?: string
  /** After a lost or late answer to a write: `unknown` when it may have been committed. */
  outcome?: 'none' | 'unknown'
}

/** The one error that leaves `database/`. It carries no SQL and no values. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError'
  readonly kind: DatabaseErrorKind
  readonly code: string | undefined
  readonly constraint: string | undefined
  outcome: 'none' | 'unknown' | undefined

  constructor(kind: DatabaseErrorKind, message: string, details: DatabaseErrorDetails = {}) {
    super(message)
    this.kind = kind
    this.code = details.code
    this.constraint = details.constraint
    this.outcome = details.outcome
  }
}

/** Gives the `DatabaseError` in an error, which drizzle may have wrapped (its own message holds parameters). */
export function databaseErrorIn(error: unknown): DatabaseError | undefined {
  if (error instanceof DatabaseError) return error
  return error instanceof Error ? databaseErrorIn(error.cause) : undefined
}

/** Tells whether an error is the violation of this unique index or primary key. */
export function isUniqueViolation(error: unknown, constraint: string): boolean {
  const found = databaseErrorIn(error)
  return found?.kind === 'unique' && found.constraint === constraint
}

/** Why the process cannot go on, and the exit code (sysexits: 65 bad data, 70 migration, 75 try again, 78 configuration). */
export class StartError extends Error {
  override readonly name = 'StartError'
  readonly exitCode: 65 | 70 | 75 | 78

  constructor(exitCode: 65 | 70 | 75 | 78, message: string, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}
