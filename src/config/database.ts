import { dirname } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { ConfigProblem } from './config.errors.ts'
import { likelyAddressName } from './likely-names.ts'
import { orProblem } from './problems.ts'
import type { SettingName, Settings } from './schema.ts'
import type { Environment } from './environment.ts'
import type { SettingsReading } from './settings.ts'
import type { DatabaseOptions } from '../database/database.ts'
import { readCertificates } from '../database/target/tls/pem.ts'
import {
  parseTarget,
  TargetError,
  type ParsedTarget,
  type PostgresTarget,
  type Target,
  type TargetOptions,
} from '../database/target/target.ts'

/**
 * Gives the database that is configured. What the address asks for is left out where a variable says otherwise.
 * What cannot be used is added to the problems of the reading, and undefined is given.
 */
export function readTarget(
  { settings, given, problems }: SettingsReading,
  environment: Environment,
): ParsedTarget | undefined {
  const { DATABASE_URL: address, SQL_DSN: dsn, SQLITE_PATH: path, DATABASE_CA_CERT: ca } = settings
  const options = {
    ...(settings.DATABASE_SSL !== 'auto' && { ssl: settings.DATABASE_SSL }),
    ...(ca !== undefined &&
      orProblem(problems, 'DATABASE_CA_CERT', () => ({ ca: readCertificates(ca) }))),
    ...(environment.PGPASSWORD && { password: environment.PGPASSWORD }),
  }
  const read = (variable: string, text: string) =>
    orProblem(problems, variable, () => readAddress(text, options))

  if (address === undefined && dsn === undefined)
    return orProblem(problems, 'SQLITE_PATH', () => readSqlitePath(path))
  const parsed = address === undefined ? undefined : read('DATABASE_URL', address)
  const other = dsn === undefined ? undefined : read('SQL_DSN', dsn)
  if (parsed && other && !isDeepStrictEqual(placeOf(parsed.target), placeOf(other.target))) {
    const sentence = 'says another database than DATABASE_URL. Set one of the two.'
    problems.push({ variable: 'SQL_DSN', sentence })
    return undefined
  }
  const counts = address === undefined ? other : parsed
  if (counts) return { ...counts, target: overrule(counts.target, settings, given) }
  const meant = likelyAddressName(environment)
  if (meant !== undefined)
    problems.push({
      variable: meant,
      sentence: 'is set too, and may hold what DATABASE_URL should.',
    })
  return undefined
}

function readAddress(text: string, options: TargetOptions): ParsedTarget {
  const parsed = parseTarget(text, options)
  if (parsed.target.kind === 'postgres' || !parsed.target.readonly) return parsed
  throw new TargetError('The address opens the file for reading alone. Leave mode=ro out of it.')
}

/** What two addresses have in common when they mean the same database. */
function placeOf(target: Target): unknown[] {
  if (target.kind === 'sqlite') return [target.file]
  const { host, port, database, user, password, schema } = target
  return [host, port, database, user, password, schema]
}

function overrule(target: Target, settings: Settings, given: ReadonlySet<SettingName>): Target {
  if (target.kind === 'sqlite') return target
  const overruled: PostgresTarget = { ...target }
  if (given.has('DATABASE_POOL_MAX')) delete overruled.poolMax
  if (given.has('DATABASE_POOL_MODE')) delete overruled.transactionPooler
  if (given.has('DATABASE_CONNECT_TIMEOUT')) delete overruled.connectTimeoutMs
  if (given.has('DATABASE_QUERY_TIMEOUT')) delete overruled.queryTimeoutMs
  const { DATABASE_SCHEMA: schema } = settings
  if (schema === 'public') delete overruled.schema
  else if (schema !== undefined) overruled.schema = schema
  return overruled
}

/** Warns of settings that say something about PostgreSQL alone, and might be thought to work on a SQLite file. */
export function warnOfUnused(given: ReadonlySet<SettingName>, target: Target): ConfigProblem[] {
  if (target.kind === 'postgres') return []
  return (['DATABASE_SCHEMA', 'DATABASE_CA_CERT'] as const)
    .filter((name) => given.has(name))
    .map((variable) => ({ variable, sentence: 'means nothing to SQLite, and is not used.' }))
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
    queryTimeoutMs: wishes.queryTimeoutMs ?? settings.DATABASE_QUERY_TIMEOUT * 1000,
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
