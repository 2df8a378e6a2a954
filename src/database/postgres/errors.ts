import { DatabaseError, type DatabaseErrorKind } from '../database.errors.ts'

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

const unknownAuthority =
  'the certificate of the server is not signed by a known authority: set DATABASE_CA_CERT to the certificate of the one that signed it'
const noAgreement = 'TLS could not be agreed on: the server speaks none, or only an old version'
const ownCertificate =
  'the server does not accept this client without a certificate that it trusts: give sslcert and sslkey in the address'

/** For the log of whoever set the service up: what to look at first. */
const remedies: Record<string, string> = {
  '28000': 'the database lets this user in from here under no circumstances: see its access rules',
  '28P01': 'the database refuses the user name or the password',
  '3D000': 'the server has no database of this name',
  '53300': 'the server has no connection left: lower the size of the pool, or close other programs',
  '57P03': 'the database is starting up or shutting down',
  CONNECT_TIMEOUT: 'the database did not answer in time',
  ECONNREFUSED: 'nothing listens at the address of the database',
  ENOTFOUND: 'the host name of the database is not known',
  EAI_AGAIN: 'the host name of the database cannot be looked up at the moment',
  TLS_REFUSED:
    'the server offers no TLS, and the address asks for it: turn TLS on at the server, or take DATABASE_SSL=disable where nobody else is on the way',
  TLS_INJECTION:
    'something on the way to the server says more than the server may: do not trust it',
  TLS_NOT_POSTGRES:
    'the server does not know TLS from the first byte on (PostgreSQL 17 does): leave sslnegotiation=direct out of the address',
  EPROTO: noAgreement,
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'the server signed its certificate itself, and nobody else vouches for it: set DATABASE_CA_CERT to that certificate, or take DATABASE_SSL=require, which encrypts without checking',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  CERT_SIGNATURE_FAILURE: unknownAuthority,
  CERT_HAS_EXPIRED:
    'the certificate of the server has expired: renew it there, or look at the clock of this machine',
  CERT_NOT_YET_VALID:
    'the certificate of the server is not valid yet: look at the clocks of both machines',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'the certificate of the server is for another host name: use that name, or take DATABASE_SSL=verify-ca, which asks only who signed it',
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

/** Where one code says several things, the server's text tells them apart, if it is English; it is not passed on. */
function remedyFor(code: string, text: string): string | undefined {
  if (code === '28000' && /client certificate|certificate authentication/i.test(text))
    return ownCertificate
  if (code === '28000' && /no encryption|SSL off/i.test(text)) {
    return 'the server lets this user in through TLS alone: take DATABASE_SSL=require, or better verify-full'
  }
  if (/^ERR_SSL_.*ALERT_(?:CERTIFICATE|BAD_CERT|UNKNOWN_CA|UNSUPPORTED_CERT)/.test(code))
    return ownCertificate
  return remedies[code] ?? (code.startsWith('ERR_SSL_') ? noAgreement : undefined)
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
