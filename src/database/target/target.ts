import { parseDotnet } from './spellings/dotnet.address.ts'
import { TargetError } from './error.ts'
import { parseGoDsn } from './spellings/go.address.ts'
import { parseJdbcUrl } from './spellings/jdbc.address.ts'
import { parseKeywords } from './spellings/keyword.address.ts'
import { refusePlaceholders } from './placeholders.ts'
import { parsePostgresUrl } from './spellings/postgres.address.ts'
import { unwrapPsql } from './spellings/psql.command.ts'
import { noKnownForm, refuseForeignSystems } from './refused.ts'
import { parseFileUrl, parsePath, parseSqliteUrl } from './spellings/sqlite.address.ts'
import { cleanText } from './text.ts'
import type { Provider } from './provider.ts'

export { TargetError } from './error.ts'
export { maskTarget } from './mask.ts'
export type { Provider } from './provider.ts'

export interface SqliteTarget {
  kind: 'sqlite'
  /** A path, or `:memory:`. */
  file: string
  /** The address asks for reading alone. */
  readonly?: true
}

/**
 * As libpq has them: `require` encrypts without looking at the certificate, `verify-ca` asks who signed it,
 * `verify-full` also whose it is.
 */
export type SslMode = 'disable' | 'prefer' | 'require' | 'verify-ca' | 'verify-full'

export interface PostgresTarget {
  kind: 'postgres'
  /** A name, or an address (of IPv6 without brackets); for a socket its folder, which begins with a slash. */
  host: string
  port: number
  /** The file of the socket, where there is one; then `ssl` is `disable`. */
  path?: string
  database: string
  user: string
  password: string | undefined
  /**
   * The password as it stands in the address, where it may be that nobody encoded it: worth one try when the server
   * refuses the other.
   */
  otherPassword?: string
  ssl: SslMode
  /** PEM texts: whom to believe in place of the usual authorities, and what to show of oneself. */
  ca?: string
  cert?: string
  key?: string
  /** What TLS asks for and checks, where that is not `host` as it stands. */
  servername?: string
  /** TLS from the first byte on, which PostgreSQL 17 and newer understand. */
  directTls?: true
  /** Where the tables are, when not in `public`. */
  schema?: string
  /** Whose server it is, as its host tells. */
  provider?: Provider
  /** The pooler that stands at this host and port according to its provider: to be told, not to be relied on. */
  poolerHint?: 'session' | 'transaction'
  /** What the address itself asks for. */
  applicationName?: string
  connectTimeoutMs?: number
  queryTimeoutMs?: number
  poolMax?: number
  transactionPooler?: boolean
  /** Run-time parameters by name, from a short list; for direct connections, as poolers refuse them. */
  settings?: Readonly<Record<string, string>>
  /** Neon's name of the compute, to be sent as the start-up parameter `options`: `endpoint=NAME`. */
  endpoint?: string
}

export type Target = SqliteTarget | PostgresTarget

/** A target, and what was guessed or dropped on the way to it; warnings hold no value of the address. */
export interface ParsedTarget {
  target: Target
  warnings: string[]
}

/** What is said beside the address; it goes before what the address says, but for the password. */
export interface TargetOptions {
  /** Taken when the address has none. */
  password?: string
  ssl?: SslMode
  /** A PEM text: who may sign the certificate of the server. */
  ca?: string
}

/** Reads one way of writing an address; undefined when it is another one. Raises `TargetError`. */
type Spelling = (text: string, options: TargetOptions) => ParsedTarget | undefined

const spellings: readonly Spelling[] = [
  refusePlaceholders,
  refuseForeignSystems,
  parsePostgresUrl,
  parseJdbcUrl,
  parseSqliteUrl,
  parseFileUrl,
  parseDotnet,
  parseGoDsn,
  parseKeywords,
  parsePath,
]

// The longest addresses known are under 600 characters.
const longestAddress = 4096

/**
 * Gives the database that an address means, in whichever of the usual ways it is written; reads the files of
 * certificates that it names.
 * Raises `TargetError`, and nothing else, with a sentence that holds no part of the address.
 */
export function parseTarget(input: string, options: TargetOptions = {}): ParsedTarget {
  if (input.length > longestAddress)
    throw new TargetError('The address is longer than any address is. Copy it again.')
  const { text, password } = unwrapPsql(cleanText(input))
  if (text === '') throw new TargetError('The address is empty. Leave it unset to use SQLite.')
  const beside = password === undefined ? options : { ...options, password }
  for (const spelling of spellings) {
    const parsed = spelling(text, beside)
    if (parsed) return parsed
  }
  throw noKnownForm(text)
}
