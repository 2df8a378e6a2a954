import type { DatabaseOptions } from '../../database/database.ts'
import type { PostgresTarget } from '../../database/target/target.ts'
import type { Network } from './network.ts'
import type { Refusal } from './refusal.ts'
import type { Session } from './session.ts'

export type PoolerMode = 'direct' | 'session' | 'transaction' | 'unknown'

/** What the steps are given, and hand on to each other. */
export interface PostgresContext {
  target: PostgresTarget
  database: Readonly<Omit<DatabaseOptions, 'log'>>
  network: Network
  /** Whether the server offers TLS. */
  offersTls?: boolean
  session?: Session
  /** What was found to stand between. */
  pooler?: PoolerMode
  /** Why the server let the user in, but not into the database. */
  refusal?: Refusal
  sizeBytes?: number
  /** When the first migration was applied, as ISO 8601: the database is at least as old. */
  firstMigrationAt?: string
}

/** The connection that the login made. */
export function sessionOf({ session }: PostgresContext): Session {
  if (!session) throw new Error('there is no session: the login comes first')
  return session
}

/** Tells whether the server is on this machine, or in a network that only its own machines see. */
export function isPrivate({ host, path, ssl }: PostgresTarget): boolean {
  return path !== undefined || (ssl === 'disable' && !host.includes('.')) || privateHost.test(host)
}

const privateHost =
  /^(?:localhost|127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|::1$|f[cd][0-9a-f]{2}:)|\.(?:internal|flycast|localhost)$/i
