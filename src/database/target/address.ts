import { isKnownParameter, queryPairs } from './parameters.ts'

/** The parts of an address, as they stand in it; what is missing is empty. */
export interface AddressParts {
  user: string
  password: string
  host: string
  port: string
  database: string
  query: string
  fragment: string
}

const location =
  /^(?<host>\[[^\]]*\]|[^:/?#]*)(?::(?<port>[^/?#]*))?(?:\/(?<database>[^?#]*))?(?:\?(?<query>[^#]*))?(?:#(?<fragment>.*))?$/s
const hostAndPort = /^(?:\[[^\]]*\]|[\w.-]+)(?::\d*)?$/

/**
 * Splits what follows `scheme://`. People paste passwords that are not percent-encoded, so the user's part ends at the
 * first `@` after which everything reads as a host, a database and known parameters: for an encoded address that is its
 * only `@`, for any other the last one before the host.
 */
export function splitAddress(text: string): AddressParts {
  if (isLocation(text)) return { user: '', password: '', ...splitLocation(text) }
  let at = text.indexOf('@')
  while (at !== -1 && !isLocation(text.slice(at + 1))) at = text.indexOf('@', at + 1)
  if (at === -1) at = text.lastIndexOf('@')
  if (at === -1) return { user: '', password: '', ...splitLocation(text) }
  return { ...splitCredentials(text.slice(0, at)), ...splitLocation(text.slice(at + 1)) }
}

function splitCredentials(text: string): Pick<AddressParts, 'user' | 'password'> {
  const colon = text.indexOf(':')
  if (colon === -1) return { user: text, password: '' }
  return { user: text.slice(0, colon), password: text.slice(colon + 1) }
}

function splitLocation(text: string): Omit<AddressParts, 'user' | 'password'> {
  const groups = location.exec(text)?.groups ?? {}
  return {
    host: groups['host'] ?? text,
    port: groups['port'] ?? '',
    database: (groups['database'] ?? '').replace(/\/+$/, ''),
    query: groups['query'] ?? '',
    fragment: groups['fragment'] ?? '',
  }
}

/** Whether text can stand behind the `@`: every further `@` belongs to the value of a known parameter. */
function isLocation(text: string): boolean {
  const authority = /^[^/?#]*/.exec(text)?.[0] ?? ''
  if (!hostAndPort.test(authority)) return false
  const { database, query, fragment } = splitLocation(text)
  if (database.includes('@') || fragment.includes('@')) return false
  return queryPairs(query).every(
    ([name, value]) => !`${name}${value}`.includes('@') || isKnownParameter(name),
  )
}
