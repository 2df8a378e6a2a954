import { DatabaseError, type DatabaseErrorKind } from '../database.errors.ts'
import { remedyFor } from './remedies.ts'

/** By SQLSTATE, or by its class (the first two characters) where the whole class means the same. */
const kinds: Record<string, DatabaseErrorKind> = {
  '08': 'unavailable',
  '0A000': 'other',
  '23502': 'not_null',
  '23503': 'foreign_key',
  '23505': 'unique',
  '23514': 'check',
  '25006': 'readonly',
  '25P03': 'unavailable',
  '25P04': 'timeout',
  '28': 'unavailable',
  '3D000': 'unavailable',
  '40001': 'conflict',
  '40P01': 'conflict',
  '53': 'unavailable',
  '53100': 'full',
  '53200': 'busy',
  '55P03': 'busy',
  '57014': 'timeout',
  '57P': 'unavailable',
  '58': 'unavailable',
  XX001: 'corrupt',
  XX002: 'corrupt',
}

const constraintKinds = new Set<DatabaseErrorKind>(['unique', 'foreign_key', 'check', 'not_null'])

/** What the driver raises: a `PostgresError` with the server's fields, or an error of the connection with a code. */
interface DriverError extends Error {
  code?: string
  severity?: string
  severity_local?: string
  routine?: string
  constraint_name?: string
  column_name?: string
}

/**
 * Translates what the driver or the socket raised, by code alone: the server's text may hold values, and the driver
 * hangs the parameters on its errors, so neither the text nor the error itself is passed on.
 */
export function toDatabaseError(error: unknown): DatabaseError {
  if (error instanceof DatabaseError) return error
  if (!(error instanceof Error)) return new DatabaseError('other', 'the database failed')
  const { code, constraint_name: constraint, ...fields } = error as DriverError
  if (code === undefined) return new DatabaseError('other', `the driver failed: ${error.name}`)
  const kind =
    error.name === 'PostgresError' ? kindOfAnswer(code, fields) : kindOfConnectionError(code)
  const message = remedyFor(code, error.message) ?? `${words[kind]} (${code})`
  return new DatabaseError(kind, message, {
    code,
    ...(constraint && constraintKinds.has(kind) && { constraint }),
  })
}

function kindOfAnswer(code: string, error: Omit<DriverError, keyof Error>): DatabaseErrorKind {
  // A migration changed what a prepared statement gives; it is prepared anew when the unit is repeated.
  if (code === '0A000' && error.routine === 'RevalidateCachedQuery') return 'conflict'
  const known = kinds[code] ?? kinds[code.slice(0, 3)] ?? kinds[code.slice(0, 2)]
  if (known) return known
  // Poolers report all their troubles as fatal, under codes of their own choice.
  const severity = error.severity ?? error.severity_local
  return severity === 'FATAL' || severity === 'PANIC' ? 'unavailable' : 'other'
}

/** Codes of Node and of the driver. The driver's own refusals speak of a mistake in the code. */
function kindOfConnectionError(code: string): DatabaseErrorKind {
  return /^(MAX_PARAMETERS_EXCEEDED|UNDEFINED_VALUE|NOT_TAGGED_CALL|ERR_INVALID_ARG)/.test(code)
    ? 'other'
    : 'unavailable'
}

const words: Record<DatabaseErrorKind, string> = {
  unique: 'a unique key is taken',
  foreign_key: 'a row refers to one that is not there, or is referred to',
  check: 'a check constraint is not met',
  not_null: 'a column is null that must not be',
  unavailable: 'the connection to the database failed',
  busy: 'the database is busy',
  timeout: 'the database did not finish in time',
  frozen: 'writes are frozen',
  full: 'the disk of the database is full',
  readonly: 'the database takes no writes',
  corrupt: 'the database is damaged',
  conflict: 'units got into the way of each other',
  other: 'the database refused a statement',
}

/** Ended by a deadline of ours. */
export function timeoutError(): DatabaseError {
  return new DatabaseError('timeout', words.timeout)
}

/** The same failure for another caller: each may set an outcome of its own. */
export function copyOf(error: DatabaseError): DatabaseError {
  return new DatabaseError(error.kind, error.message, {
    ...(error.code !== undefined && { code: error.code }),
    ...(error.constraint !== undefined && { constraint: error.constraint }),
  })
}
