import { isIPv4, isIPv6 } from 'node:net'
import { TargetError } from './error.ts'
import { percentDecode, withoutTrailing } from './text.ts'

/** How to reach a server: over the network, or by the file of a socket. */
export interface Place {
  host: string
  port: number
  path?: string
  servername?: string
}

const severalHosts = 'The address names several hosts. Name one of them.'
const unreadable =
  'The host in the address cannot be read. Percent-encode the password (@ is %40, / is %2F, # is %23), and write an IPv6 host in brackets.'
const name = /^(?=.{1,253}$)\w(?:[\w-]{0,62})(?:\.\w[\w-]{0,62})*\.?$/
const socketFile = /\/\.s\.PGSQL\.(\d{1,5})$/
/** Linux has room for 108 bytes, the last of them a NUL. */
const longestSocket = 107

/** Reads host and port as they stand in an address; an empty port is `defaultPort`. Raises `TargetError`. */
export function readPlace(host: string, port: string, defaultPort: number): Place {
  const decoded = percentDecode(host)
  if (decoded.startsWith('/')) return readSocket(decoded, port)
  if (host === '') {
    throw new TargetError(
      'The address names no host. Write it as postgres://user:password@host:5432/database.',
    )
  }
  if (host.includes(',') || port.includes(',')) throw new TargetError(severalHosts)
  const both = port === '' ? /^([\w.-]+):(\d+)$/.exec(host) : null
  if (both) return readPlace(both[1] ?? '', both[2] ?? '', defaultPort)
  const place = { host: readHost(decoded), port: readPort(port) ?? defaultPort }
  // Certificates never name the dot that ends a full name.
  return place.host.endsWith('.') ? { ...place, servername: place.host.slice(0, -1) } : place
}

function readHost(host: string): string {
  if (isIPv6(host)) return host
  if (host.startsWith('[')) {
    const inner = host.slice(1, -1)
    if (host.endsWith(']') && isIPv6(inner)) return inner
    throw new TargetError(
      'The address holds brackets without an IPv6 address in them. Write it as [2001:db8::1].',
    )
  }
  if (!name.test(host)) throw new TargetError(unreadable)
  // A resolver takes 5432 and 127.1 for addresses, of machines that nobody meant.
  if (/(?:^|\.)(?:\d+|0x[0-9a-f]*)\.?$/i.test(host) && !isIPv4(host))
    throw new TargetError('The host in the address is a number. Write its name or whole address.')
  return host
}

function readPort(port: string): number | undefined {
  if (port === '') return undefined
  const number = /^\d{1,5}$/.test(port) ? Number(port) : 0
  if (number >= 1 && number <= 65_535) return number
  throw new TargetError('The port in the address should be a number from 1 to 65535.')
}

function readSocket(named: string, given: string): Place {
  const inName = socketFile.exec(named)?.[1]
  const folder = withoutTrailing(named.replace(socketFile, ''), '/')
  const port = readPort(inName ?? given) ?? 5432
  const path = `${folder}/.s.PGSQL.${port}`
  if (!/^[\w./:~+-]+$/.test(folder))
    throw new TargetError('The folder of the socket in the address cannot be read. Write it anew.')
  if (Buffer.byteLength(path) > longestSocket)
    throw new TargetError(
      'The path of the socket is longer than the 107 bytes that a system takes.',
    )
  return { host: folder, port, path }
}
