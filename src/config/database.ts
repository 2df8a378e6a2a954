import { dirname } from 'node:path'
import type { SettingName, Settings } from './schema.ts'
import type { DatabaseOptions } from '../database/database.ts'
import {
  parseTarget,
  type ParsedTarget,
  type PostgresTarget,
  type Target,
} from '../database/target/target.ts'

/**
 * Gives the database that is configured. What the address asks for is left out where a variable says otherwise.
 * Raises `TargetError`.
 */
export function readTarget(settings: Settings, given: ReadonlySet<SettingName>): ParsedTarget {
  const { SQLITE_PATH: path, DATABASE_SSL: ssl } = settings
  const address = settings.DATABASE_URL ?? settings.SQL_DSN
  if (address === undefined) return readSqlitePath(path)
  const { target, warnings } = parseTarget(address)
  if (target.kind === 'sqlite') return { target, warnings }
  const overruled: PostgresTarget = { ...target, ssl: ssl === 'auto' ? target.ssl : ssl }
  if (given.has('DATABASE_POOL_MAX')) delete overruled.poolMax
  if (given.has('DATABASE_POOL_MODE')) delete overruled.transactionPooler
  if (given.has('DATABASE_CONNECT_TIMEOUT')) delete overruled.connectTimeoutMs
  return { target: overruled, warnings }
}

// A path is taken as it is, whatever its name; only what is plainly an address is read as one.
function readSqlitePath(path: string): ParsedTarget {
  if (/^(?:sqlite3?(?:\+\w+)?|file):/i.test(path)) return parseTarget(path)
  return { target: { kind: 'sqlite', file: path }, warnings: [] }
}

/** Gives the database's options: what the address asks for goes before the defaults. */
export function databaseOptions(
  settings: Settings,
  target: Target,
): Readonly<Omit<DatabaseOptions, 'log'>> {
  const wishes: Partial<PostgresTarget> = target.kind === 'postgres' ? target : {}
  return Object.freeze({
    poolMax: wishes.poolMax ?? settings.DATABASE_POOL_MAX,
    poolMode: wishes.transactionPooler ? 'transaction' : settings.DATABASE_POOL_MODE,
    idleTimeoutMs: settings.DATABASE_IDLE_TIMEOUT * 1000,
    maxLifetimeMs: settings.DATABASE_MAX_LIFETIME * 1000,
    connectTimeoutMs: wishes.connectTimeoutMs ?? settings.DATABASE_CONNECT_TIMEOUT * 1000,
    queryTimeoutMs: settings.DATABASE_QUERY_TIMEOUT * 1000,
    slowQueryMs: settings.DATABASE_SLOW_QUERY_MS,
    logQueries: settings.DATABASE_LOG_QUERIES,
  })
}

/** Gives the folder for what the service writes beside its database. */
export function dataFolderOf(settings: Settings, target: Target): string {
  const files = [target.kind === 'sqlite' ? target.file : undefined, settings.SQLITE_PATH]
  const file = files.find((name) => name !== undefined && name !== ':memory:')
  return file === undefined ? 'data' : dirname(file)
}
