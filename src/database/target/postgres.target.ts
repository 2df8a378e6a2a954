import { readPlace } from './host.ts'
import { TargetError } from './error.ts'
import { readParameters, type Parameters } from './parameters/parameters.ts'
import { checkKeyPair } from './tls/pem.ts'
import { poolerHintOf, providerOf } from './provider.ts'
import type { Pair } from './parameters/query.ts'
import { decideSsl } from './tls/ssl.ts'
import type { ParsedTarget, PostgresTarget, TargetOptions } from './target.ts'
import { hasControlCharacter } from './text.ts'
import { warningsOf } from './warnings.ts'

/** What was found in an address, in whichever form it was written; what is missing is empty. */
export interface Found {
  user?: string
  password?: string
  host?: string
  port?: string
  database?: string
  /** Everything that stands by its name, the parts above included. */
  pairs: readonly Pair[]
  warnings?: readonly string[]
  defaultPort?: number
}

/** Puts a target together of what was found in an address and what the configuration adds. Raises `TargetError`. */
export function toPostgresTarget(found: Found, options: TargetOptions): ParsedTarget {
  const { parameters, warnings } = readParameters(found.pairs)
  const { host, port } = agreeOnHost(found, parameters)
  const place = readPlace(host, port, found.defaultPort ?? 5432)
  const user = found.user || parameters.user
  if (!user) {
    throw new TargetError(
      'The address names no user. Write it as postgres://user:password@host:5432/database.',
    )
  }
  const password = found.password || parameters.password || options.password || undefined
  const named = found.database || parameters.database
  const database = named || user
  if ([user, password ?? '', database].some(hasControlCharacter)) {
    throw new TargetError(
      'The address holds a control character. Copy it again, or percent-encode the password anew.',
    )
  }
  const target: PostgresTarget = {
    kind: 'postgres',
    ...place,
    database,
    user,
    password,
    ...readTls(place, parameters, options),
    ...knownOf(place, parameters),
    ...wishesOf(parameters),
  }
  const namesTwice = Boolean(found.password && parameters.password)
  const told = warningsOf(target, { named: Boolean(named), namesTwice, parameters, options })
  return { target, warnings: [...(found.warnings ?? []), ...told, ...warnings] }
}

/** The host of the query goes before none at all, and a socket before the `localhost` that forms want filled in. */
function agreeOnHost(found: Found, parameters: Parameters): { host: string; port: string } {
  const [host = '', other = ''] = [found.host, parameters.host]
  const replaced = host === '' || (host.toLowerCase() === 'localhost' && other.startsWith('/'))
  if (!replaced && other !== '' && other !== host)
    throw new TargetError('The address names two hosts. Name one of them.')
  const [port = '', otherPort = ''] = [found.port, parameters.port]
  if (port !== '' && otherPort !== '' && port !== otherPort)
    throw new TargetError('The address names two ports. Name one of them.')
  return { host: replaced && other !== '' ? other : host, port: port || otherPort }
}

type Place = ReturnType<typeof readPlace>

function readTls(place: Place, parameters: Parameters, options: TargetOptions) {
  const { ssl: asked, cert, key, directTls = false } = parameters
  if (place.path !== undefined) return { ssl: 'disable' as const }
  const ca = options.ca ?? parameters.ca
  const hasCa = parameters.ca !== undefined
  const ssl = decideSsl({ host: place.host, asked, directTls, hasCa, given: options })
  if (ssl === 'disable') return { ssl }
  if ((cert === undefined) !== (key === undefined)) {
    throw new TargetError(
      'The parameters sslcert and sslkey need each other: a certificate to show, and its key. Who may sign the one of the server is named by sslrootcert.',
    )
  }
  if (cert !== undefined && key !== undefined) checkKeyPair(cert, key)
  return {
    ssl,
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(directTls && { directTls }),
  }
}

function knownOf({ host, port, path }: Place, { endpoint }: Parameters) {
  if (path !== undefined) return {}
  const provider = providerOf(host)
  const poolerHint = poolerHintOf(host, port)
  const neon = provider === 'neon' || provider === 'koyeb'
  return {
    ...(provider !== undefined && { provider }),
    ...(poolerHint !== undefined && { poolerHint }),
    ...(neon && endpoint !== undefined && { endpoint }),
  }
}

function wishesOf({ settings, ...parameters }: Parameters): Partial<PostgresTarget> {
  const { schema, applicationName, connectTimeoutMs, queryTimeoutMs, poolMax, transactionPooler } =
    parameters
  return {
    ...(schema !== undefined && { schema }),
    ...(applicationName !== undefined && { applicationName }),
    ...(connectTimeoutMs !== undefined && { connectTimeoutMs }),
    ...(queryTimeoutMs !== undefined && { queryTimeoutMs }),
    ...(poolMax !== undefined && { poolMax }),
    ...(transactionPooler !== undefined && { transactionPooler }),
    ...(Object.keys(settings).length > 0 && { settings: Object.freeze({ ...settings }) }),
  }
}
