import { readOptions } from './options.ts'
import type { Reading } from './parameters.ts'
import { readPemFile } from './pem.ts'
import { TargetError } from './error.ts'
import { readSchemaName } from './schema.ts'
import { readSsl, stricterSsl } from './ssl.ts'
import { hasControlCharacter } from './text.ts'

/** Takes the value of a parameter into the reading, or warns; `name` is fit to be told. Raises `TargetError`. */
export type Read = (reading: Reading, value: string, name: string) => void

const readSslMode: Read = ({ parameters }, value, name) => {
  const ssl = readSsl(value)
  if (!ssl) {
    throw new TargetError(
      `The parameter ${name} has a value that is not known. Use disable, prefer, require, verify-ca or verify-full.`,
    )
  }
  parameters.ssl = stricterSsl(parameters.ssl, ssl)
}

/** Prisma's word for whether certificates are checked. */
const readSslAccept: Read = (reading, value, name) => {
  if (value.toLowerCase() === 'strict') return readSslMode(reading, 'verify-full', name)
  return readSslMode(reading, value === 'accept_invalid_certs' ? 'require' : value, name)
}

const readRootCertificate: Read = (reading, value, name) => {
  if (value === 'system') readSslMode(reading, 'verify-full', name)
  else reading.parameters.ca = readPemFile(value, name)
}

const readCertificate: Read = ({ parameters }, value, name) => {
  parameters.cert = readPemFile(value, name)
}

const readKey: Read = ({ parameters }, value, name) => {
  parameters.key = readPemFile(value, name)
}

const readSslNegotiation: Read = (reading, value, name) => {
  if (value.toLowerCase() === 'direct') reading.parameters.directTls = true
  else if (value.toLowerCase() !== 'postgres') warnIgnored(reading, name, 'postgres or direct')
}

const readConnectTimeout: Read = (reading, value, name) => {
  const seconds = wholeNumber(value)
  // libpq waits for ever at 0; the service never does.
  if (seconds === 0) return
  if (seconds <= 300) reading.parameters.connectTimeoutMs = seconds * 1000
  else warnIgnored(reading, name, 'seconds from 1 to 300')
}

const readApplicationName: Read = (reading, value, name) => {
  // 63 bytes: PostgreSQL cuts what is longer.
  if (value !== '' && Buffer.byteLength(value) <= 63 && !hasControlCharacter(value))
    reading.parameters.applicationName = value
  else warnIgnored(reading, name, 'a name of at most 63 bytes')
}

const readPoolMax: Read = (reading, value, name) => {
  const max = wholeNumber(value)
  if (max >= 1 && max <= 100) reading.parameters.poolMax = max
  else warnIgnored(reading, name, 'a whole number from 1 to 100')
}

const readPooled: Read = (reading, value, name) => {
  const pooled = { true: true, 1: true, false: false, 0: false }[value.toLowerCase()]
  if (pooled === undefined) warnIgnored(reading, name, 'true or false')
  else reading.parameters.transactionPooler = pooled
}

const readPoolTimeout: Read = ({ warnings }, _value, name) => {
  warnings.push(
    `The parameter ${name} is ignored: whoever waits for a connection is answered after 2 seconds.`,
  )
}

/** The units of PostgreSQL's settings, in milliseconds, which are meant without one. */
const milliseconds: Record<string, number | undefined> = {
  '': 1,
  us: 0.001,
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

const readStatementTimeout: Read = (reading, value, name) => {
  const [, number, unit = ''] = /^(\d{1,9})\s?([a-z]{0,3})$/.exec(value.trim()) ?? []
  const ms = Number(number) * (milliseconds[unit] ?? Number.NaN)
  // PostgreSQL waits for ever at 0; the service never does.
  if (ms === 0) return
  if (ms >= 1 && ms <= 3_600_000) reading.parameters.queryTimeoutMs = Math.round(ms)
  else warnIgnored(reading, name, 'milliseconds from 1 to 3600000')
}

/** A run-time parameter that a direct connection is given. */
const readSetting: Read = (reading, value, name) => {
  if (/^[\w. -]{1,63}$/.test(value)) reading.parameters.settings[name.toLowerCase()] = value
  else warnIgnored(reading, name, 'a plain word or number')
}

const readSchema: Read = (reading, value, name) => {
  const { schema, warning } = readSchemaName(value, name)
  if (schema !== undefined) reading.parameters.schema = schema
  if (warning !== undefined) reading.warnings.push(warning)
}

const readSessionAttributes: Read = (reading, value, name) => {
  const harmless = ['any', 'read-write', 'primary', 'master', 'preferprimary', '']
  if (!harmless.includes(value.toLowerCase())) warnIgnored(reading, name, 'any or read-write')
}

const readChannelBinding: Read = ({ warnings }, value) => {
  if (value !== 'require') return
  warnings.push(
    'The parameter channel_binding=require cannot be honoured by the driver. sslmode=verify-full protects against the same attack.',
  )
}

const refuse: Read = (_reading, _value, name) => {
  throw new TargetError(
    `The parameter ${name} is not supported. Name the host, the user and the password in the address itself.`,
  )
}

const dropSilently: Read = () => undefined

function warnIgnored({ warnings }: Reading, name: string, expected: string): void {
  warnings.push(`The parameter ${name} is ignored: it should be ${expected}.`)
}

function wholeNumber(value: string): number {
  return /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN
}

function first(part: 'user' | 'password' | 'host' | 'port' | 'database'): Read {
  return ({ parameters }, value, name) => {
    const known = parameters[part]
    if (known !== undefined && known !== value && part !== 'user' && part !== 'password')
      throw new TargetError(`The address names ${name} twice, and not alike. Name one.`)
    parameters[part] ??= value
  }
}

/** What is known of every parameter, by its name in lower case. */
export const parameterReaders: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['user', first('user')],
  ['password', first('password')],
  ['host', first('host')],
  ['port', first('port')],
  ['dbname', first('database')],
  ['sslmode', readSslMode],
  ['ssl', readSslMode],
  ['sslaccept', readSslAccept],
  ['sslrootcert', readRootCertificate],
  ['sslcert', readCertificate],
  ['sslkey', readKey],
  ['sslnegotiation', readSslNegotiation],
  ['connect_timeout', readConnectTimeout],
  ['connecttimeout', readConnectTimeout],
  ['logintimeout', readConnectTimeout],
  ['application_name', readApplicationName],
  ['applicationname', readApplicationName],
  ['options', (reading, value, name) => readOptions(value, (key) => take(reading, key, name))],
  ['search_path', readSchema],
  ['schema', readSchema],
  ['currentschema', readSchema],
  ['statement_timeout', readStatementTimeout],
  ['lock_timeout', readSetting],
  ['idle_in_transaction_session_timeout', readSetting],
  ['pgbouncer', readPooled],
  ['connection_limit', readPoolMax],
  ['pool_size', readPoolMax],
  ['max', readPoolMax],
  ['max_conns', readPoolMax],
  ['pool_max_conns', readPoolMax],
  ['pool_timeout', readPoolTimeout],
  ['target_session_attrs', readSessionAttributes],
  ['targetservertype', readSessionAttributes],
  ['channel_binding', readChannelBinding],
  ['hostaddr', refuse],
  ['passfile', refuse],
  ['service', refuse],
  ['servicefile', refuse],
  ...silent().map((name) => [name, dropSilently] as const),
])

function take(reading: Reading, [name, value]: readonly [string, string], parent: string): void {
  if (name === 'endpoint' || name === 'project') reading.parameters.endpoint = value
  else if (optionNames.has(name)) parameterReaders.get(name)?.(reading, value, name)
  else if (!plainDefaults.has(name))
    reading.warnings.push(
      `The parameter ${parent} is ignored in part: it sets what the service does not leave to an address.`,
    )
}

const optionNames = new Set([
  'search_path',
  'statement_timeout',
  'lock_timeout',
  'idle_in_transaction_session_timeout',
  'application_name',
])
/** What the service sets itself. */
const plainDefaults = new Set(['timezone', 'datestyle', 'client_encoding'])

function silent(): string[] {
  return [
    'gssencmode',
    'krbsrvname',
    'gsslib',
    'gssdelegation',
    'keepalives',
    'keepalives_idle',
    'keepalives_interval',
    'keepalives_count',
    'tcp_user_timeout',
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
    'sslsni',
    'sslcompression',
    'requiressl',
    'requirepeer',
    'fallback_application_name',
    'async_fallback',
  ]
}
