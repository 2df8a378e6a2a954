import { TargetError } from '../error.ts'
import {
  readApplicationName,
  readConnectTimeout,
  readPooled,
  readPoolMax,
  readPoolTimeout,
  readSchema,
  readSessionAttributes,
  readSetting,
  readStatementTimeout,
} from './connection.readers.ts'
import { readOptions } from './options.ts'
import type { Reading } from './parameters.ts'
import type { Read } from './reader.ts'
import {
  readCertificate,
  readChannelBinding,
  readKey,
  readRootCertificate,
  readSslAccept,
  readSslMode,
  readSslNegotiation,
} from './tls.readers.ts'

const refuse: Read = (_reading, _value, name) => {
  throw new TargetError(
    `The parameter ${name} is not supported. Name the host, the user and the password in the address itself.`,
  )
}

const dropSilently: Read = () => undefined

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
