import { isIPv6 } from 'node:net'
import { TargetError } from './error.ts'
import { readParameters } from './parameters.ts'
import { defaultSsl } from './ssl.ts'
import { hasControlCharacter, percentDecode } from './text.ts'
import type { ParsedTarget } from './target.ts'
import { splitAddress } from './address.ts'

const scheme = /^postgres(?:ql)?(?:\+\w+)?:\/\//i
const severalHosts = 'The address names several hosts. Name one of them.'
const unencoded = /[@:/?#[\]]|%(?![0-9a-f]{2})/i

/** Reads `postgres://user:password@host:port/database?parameters`, also with a driver of another language in the scheme. */
export function parsePostgresUrl(text: string): ParsedTarget | undefined {
  const found = scheme.exec(text)
  if (!found) return undefined

  const address = splitAddress(text.slice(found[0].length))
  const { parameters, warnings } = readParameters(address.query)
  const { user: queryUser, password: queryPassword, ssl, ...wishes } = parameters

  const host = readHost(address.host)
  const user = percentDecode(address.user) || queryUser
  if (!user)
    throw new TargetError(
      'The address names no user. Write it as postgres://user:password@host:5432/database.',
    )
  const password = percentDecode(address.password) || queryPassword
  const database = percentDecode(address.database) || user
  if (address.database === '') {
    warnings.push(
      'The address names no database, so the one named like the user is taken. Most servers have one called postgres: end the address in /postgres.',
    )
  }
  if (unencoded.test(address.password)) {
    warnings.push(
      'The password holds characters that should be percent-encoded (@ : / ? # % [ ]). It was read up to the last @ before the host; encode it to be sure.',
    )
  }
  if (address.fragment) warnings.push('What follows the # at the end of the address is ignored.')
  if ([user, password ?? '', database].some(hasControlCharacter)) {
    throw new TargetError(
      'The address holds a control character. Copy it again, or percent-encode the password anew.',
    )
  }

  return {
    target: {
      kind: 'postgres',
      host,
      port: readPort(address.port),
      database,
      user,
      password,
      ssl: ssl ?? defaultSsl(host),
      ...wishes,
    },
    warnings,
  }
}

function readHost(host: string): string {
  if (host.startsWith('[')) {
    const inner = host.slice(1, -1)
    if (host.endsWith(']') && isIPv6(inner)) return inner
    throw new TargetError(
      'The address holds brackets without an IPv6 address in them. Write it as [2001:db8::1].',
    )
  }
  if (host === '')
    throw new TargetError(
      'The address names no host. Write it as postgres://user:password@host:5432/database.',
    )
  if (host.includes(','))
    throw new TargetError('The address names several hosts. Name one of them.')
  if (/^(?:\/|%2f)/i.test(host))
    throw new TargetError(
      'The address names a socket file as its host. Name the host, such as localhost.',
    )
  if (/^\w[\w.-]{0,252}$/.test(host)) return host
  throw new TargetError(
    'The host in the address cannot be read. Percent-encode the password (@ is %40, / is %2F, # is %23), and write an IPv6 host in brackets.',
  )
}

function readPort(port: string): number {
  if (port === '') return 5432
  const number = /^\d{1,5}$/.test(port) ? Number(port) : 0
  if (number >= 1 && number <= 65_535) return number
  if (port.includes(',')) throw new TargetError(severalHosts)
  throw new TargetError('The port in the address should be a number from 1 to 65535.')
}
