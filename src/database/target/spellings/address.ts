import { TargetError } from '../error.ts'
import { isKnownParameter } from '../parameters/parameters.ts'
import { withoutTrailing } from '../text.ts'

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
const hostAndPort = /^(?:\[[^\]]*\]|(?:[\w.-]|%2f)*)(?::\d*)?$/i

/**
 * Splits what follows `scheme://`. People paste passwords that are not percent-encoded, so the user's part ends at the
 * first `@` after which everything reads as a host, a database and known parameters: for an encoded address that is its
 * only `@`, for any other the last one before the host. Raises `TargetError` where the host could be another one.
 */
export function splitAddress(text: string): AddressParts {
  if (!text.includes('@') || isLocation(text))
    return { user: '', password: '', ...splitLocation(text) }
  let at = text.indexOf('@')
  while (at !== -1 && !isLocation(text.slice(at + 1))) at = text.indexOf('@', at + 1)
  if (at === -1) at = text.lastIndexOf('@')
  const credentials = text.slice(0, at)
  if (holdsParameters(credentials)) {
    throw new TargetError(
      'The host in the address cannot be read: parameters stand before it. Percent-encode the password (@ is %40, / is %2F, ? is %3F).',
    )
  }
  return { ...splitCredentials(credentials), ...splitLocation(text.slice(at + 1)) }
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
    database: withoutTrailing(groups['database'] ?? '', '/'),
    query: groups['query'] ?? '',
    fragment: groups['fragment'] ?? '',
  }
}

/** Whether text can stand behind the `@`: every further `@` belongs to the value of a known parameter. */
function isLocation(text: string): boolean {
  const question = text.indexOf('?')
  const head = question === -1 ? text : text.slice(0, question)
  if (head.includes('@')) return false
  if (!hostAndPort.test(/^[^/?#]*/.exec(head)?.[0] ?? '')) return false
  const { query, fragment } = splitLocation(text)
  if (fragment.includes('@')) return false
  return piecesOf(query).every((piece) => !piece.includes('@') || isParameter(piece))
}

/** Whether a host that could not be read, and its parameters, were taken for a part of the password. */
function holdsParameters(credentials: string): boolean {
  const at = credentials.indexOf('@')
  return (
    at !== -1 &&
    credentials
      .slice(at)
      .split('?')
      .slice(1)
      .some((query) => piecesOf(query).some(isParameter))
  )
}

function piecesOf(query: string): string[] {
  return query.replaceAll('&amp;', '&').split('&')
}

function isParameter(piece: string): boolean {
  const equals = piece.indexOf('=')
  return equals !== -1 && isKnownParameter(piece.slice(0, equals))
}
