import { TargetError } from './error.ts'
import { readSsl, stricterSsl, type Ssl } from './ssl.ts'
import { hasControlCharacter, percentDecode } from './text.ts'

/** What the query of an address says. */
export interface Parameters {
  user?: string
  password?: string
  ssl?: Ssl
  applicationName?: string
  connectTimeoutMs?: number
  poolMax?: number
  transactionPooler?: boolean
}

interface Reading {
  parameters: Parameters
  warnings: string[]
}

type Read = (reading: Reading, value: string, name: string) => void

const readMode: Read = ({ parameters }, value, name) => {
  const ssl = readSsl(value)
  if (!ssl) {
    throw new TargetError(
      `The parameter ${name} has a value that is not known. Use disable, prefer, require or verify-full.`,
    )
  }
  parameters.ssl = stricterSsl(parameters.ssl, ssl)
}

const readPoolMax: Read = ({ parameters, warnings }, value, name) => {
  const max = wholeNumber(value)
  if (max >= 1 && max <= 100) parameters.poolMax = max
  else warnings.push(`The parameter ${name} is ignored: it should be a whole number from 1 to 100.`)
}

const readConnectTimeout: Read = ({ parameters, warnings }, value, name) => {
  const seconds = wholeNumber(value)
  // libpq waits for ever at 0; the service never does.
  if (seconds === 0) return
  if (seconds <= 300) parameters.connectTimeoutMs = seconds * 1000
  else warnings.push(`The parameter ${name} is ignored: it should be seconds from 1 to 300.`)
}

const readApplicationName: Read = ({ parameters, warnings }, value, name) => {
  // 63 bytes: PostgreSQL cuts what is longer.
  if (value !== '' && Buffer.byteLength(value) <= 63 && !hasControlCharacter(value))
    parameters.applicationName = value
  else warnings.push(`The parameter ${name} is ignored: it should be a name of at most 63 bytes.`)
}

const readPooled: Read = ({ parameters, warnings }, value, name) => {
  const pooled = new Map([
    ['true', true],
    ['1', true],
    ['false', false],
    ['0', false],
  ]).get(value.toLowerCase())
  if (pooled === undefined)
    warnings.push(`The parameter ${name} is ignored: it should be true or false.`)
  else parameters.transactionPooler = pooled
}

const readRootCertificate: Read = (reading, value, name) => {
  if (value === 'system') readMode(reading, 'verify-full', name)
  else warnIgnored(reading, value, name)
}

const readSchema: Read = (reading, value, name) => {
  if (value !== 'public') warnIgnored(reading, value, name)
}

const readSessionAttributes: Read = (reading, value, name) => {
  if (value !== 'any') warnIgnored(reading, value, name)
}

const readChannelBinding: Read = ({ warnings }, value) => {
  if (value !== 'require') return
  warnings.push(
    'The parameter channel_binding=require cannot be honoured by the driver. sslmode=verify-full protects against the same attack.',
  )
}

const dropSilently: Read = () => undefined

const warnIgnored: Read = ({ warnings }, _value, name) => {
  warnings.push(`The parameter ${name} is not supported and is ignored.`)
}

const readers: Record<string, Read> = {
  user: ({ parameters }, value) => void (parameters.user ??= value),
  password: ({ parameters }, value) => void (parameters.password ??= value),
  sslmode: readMode,
  ssl: readMode,
  sslrootcert: readRootCertificate,
  connect_timeout: readConnectTimeout,
  application_name: readApplicationName,
  pgbouncer: readPooled,
  connection_limit: readPoolMax,
  pool_size: readPoolMax,
  max: readPoolMax,
  max_conns: readPoolMax,
  schema: readSchema,
  search_path: readSchema,
  currentschema: readSchema,
  target_session_attrs: readSessionAttributes,
  channel_binding: readChannelBinding,
  ...Object.fromEntries(
    [
      'gssencmode',
      'krbsrvname',
      'keepalives',
      'keepalives_idle',
      'keepalives_interval',
      'keepalives_count',
      'uselibpqcompat',
      'supa',
      'workaround',
      'statement_cache_size',
      'prepared_statement_cache_size',
      'preparethreshold',
      'binarytransfer',
      'tcpkeepalive',
      'charset',
      'client_encoding',
      'sslcrl',
      'requiressl',
      'fallback_application_name',
      'async_fallback',
    ].map((name) => [name, dropSilently] as const),
  ),
}

/** Tells whether an address may carry this parameter. */
export function isKnownParameter(name: string): boolean {
  return Object.hasOwn(readers, name.toLowerCase())
}

/**
 * Reads the query of an address, without its `?`; what is not known is dropped with a warning that names it.
 * Raises `TargetError` where guessing would weaken the encryption.
 */
export function readParameters(query: string): Reading {
  const reading: Reading = { parameters: {}, warnings: [] }
  for (const [name, value] of queryPairs(query)) {
    const read = isKnownParameter(name) ? readers[name.toLowerCase()] : undefined
    const told = /^[a-z][\w.-]{0,39}$/i.test(name) ? name : 'of an unreadable name'
    ;(read ?? warnIgnored)(reading, value, told)
  }
  return reading
}

/** Splits a query as libpq does: `+` is no space. Pages that were copied as HTML leave `&amp;`. */
export function queryPairs(query: string): [name: string, value: string][] {
  const pairs = query.replaceAll('&amp;', '&').split('&')
  return pairs
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=')
      // Without a sign it may be the rest of a password: the name is not told.
      if (equals === -1) return ['?', '']
      return [percentDecode(pair.slice(0, equals)), percentDecode(pair.slice(equals + 1))]
    })
}

function wholeNumber(value: string): number {
  return /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN
}
