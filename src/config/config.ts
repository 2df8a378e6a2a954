import fp from 'fastify-plugin'
import { withEnvFile } from './environment.ts'
import { ConfigError, type ConfigProblem } from './config.errors.ts'
import { warnOfLikelyName } from './likely-names.ts'
import type { Settings } from './schema.ts'
import type { Environment } from './environment.ts'
import { readSettings, type SettingsReading } from './settings.ts'
import { dataFolderOf, databaseOptions, readTarget, warnOfUnused } from './database.ts'
import type { DatabaseOptions } from '../database/database.ts'
import type { Target } from '../database/target/target.ts'
import type { Durability } from '../platform/durability.ts'
import { readMounts, type Mount } from '../platform/mounts.ts'
import { platformOf, type PlatformName } from '../platform/platform.ts'
import { parseTrustProxy } from '../platform/proxies.ts'
import { orProblem } from './problems.ts'
import { readPublicUrl } from './public-url.ts'
import { parseSecretKeys, type SecretKey } from './secret-keys.ts'
import { placeOf, refuseEphemeral } from './storage-place.ts'
import { unknownNames } from './unknown-names.ts'

export { ConfigError } from './config.errors.ts'

/** What the environment says, understood and frozen. Times are in milliseconds. */
export interface Config {
  readonly production: boolean
  readonly port: number
  readonly host: string
  readonly logLevel: Settings['LOG_LEVEL']
  readonly target: Target
  /** What was guessed or dropped in DATABASE_URL; for the log, without any value. */
  readonly targetWarnings: readonly string[]
  /** Variables that are not taken as they may have been meant, each with a sentence that holds no value. */
  readonly settingWarnings: readonly ConfigProblem[]
  /** What DATABASE_URL asks for is worked in already. */
  readonly database: Readonly<Omit<DatabaseOptions, 'log'>>
  /** Where the service may write beside the database: spooled imports, copies. */
  readonly dataFolder: string
  readonly admin: { readonly username: string; readonly password: string } | undefined
  readonly backupToken: string | undefined
  readonly metricsToken: string | undefined
  readonly registration: Settings['REGISTRATION']
  /** How often in a minute; 0: without limit. */
  readonly rateLimits: Readonly<RateLimits>
  /** What members may have who have no quota of their own; undefined: any number. */
  readonly quota: { readonly specs: number | undefined; readonly bytes: number | undefined }
  /** The first seals, all open; empty when there are none. */
  readonly secretKeys: readonly SecretKey[]
  readonly importMaxBytes: number
  readonly uploadMaxBytes: number
  /** The platform whose marks the environment bears. */
  readonly platform: PlatformName | undefined
  readonly durability: Readonly<Durability>
  /** Whether what is written into the data folder outlasts the instance. */
  readonly dataFolderLasts: boolean
  /** Where the service is reached, without a slash at the end; undefined when that is not known. */
  readonly publicUrl: string | undefined
  /** Addresses and networks of the proxies whose `X-Forwarded-For` counts. */
  readonly trustProxy: readonly string[]
}

export interface RateLimits {
  reads: number
  writes: number
  uploads: number
  exports: number
  logins: number
}

declare module 'fastify' {
  interface FastifyInstance {
    config: Config
  }
}

/** Makes the configuration known to the application, as `app.config`. */
export default fp<{ config: Config }>(
  (app, { config }, done) => {
    app.decorate('config', config)
    for (const { variable, sentence } of config.settingWarnings)
      app.log.warn({ variable }, `${variable} ${sentence}`)
    done()
  },
  { name: 'config' },
)

/**
 * Reads the configuration from an environment and, in development, from the `.env` file of a folder; what is mounted
 * tells whether a file would last. Raises `ConfigError`, which names everything that is wrong.
 */
export function readConfig(
  environment: Environment = process.env,
  folder: string = process.cwd(),
  mounts: readonly Mount[] | undefined = readMounts(),
): Config {
  const variables = withEnvFile(environment, folder)
  const reading = readSettings(variables)
  const { settings, problems } = reading
  const parsed = readTarget(reading, variables)
  const secretKeys = orProblem(problems, 'SECRET_KEYS', () => readSecretKeys(settings))
  const admin = readAdmin(reading)
  const platform = platformOf(environment)
  const publicUrl = orProblem(problems, 'PUBLIC_URL', () =>
    readPublicUrl(settings.PUBLIC_URL, platform, environment),
  )
  const trustProxy = orProblem(problems, 'TRUST_PROXY', () =>
    parseTrustProxy(settings.TRUST_PROXY ?? ''),
  )
  const dataFolder = parsed && dataFolderOf(settings, parsed.target)
  const place = dataFolder && placeOf(parsed.target, dataFolder, { platform, mounts })
  if (place)
    problems.push(...refuseEphemeral(place, { platform, mounts }, { settings, environment }))
  if (problems.length > 0 || !parsed || !place || !secretKeys || !trustProxy)
    throw new ConfigError(problems)

  return Object.freeze({
    production: settings.NODE_ENV === 'production',
    port: settings.PORT,
    host: settings.HOST,
    logLevel: settings.LOG_LEVEL,
    target: Object.freeze(parsed.target),
    targetWarnings: Object.freeze(parsed.warnings),
    settingWarnings: Object.freeze([
      ...reading.warnings,
      ...unknownNames(variables),
      ...warnOfUnused(reading.given, parsed.target),
      ...(parsed.target.kind === 'sqlite' ? warnOfLikelyName(variables) : []),
    ]),
    database: databaseOptions(settings, parsed.target),
    dataFolder,
    admin,
    backupToken: settings.BACKUP_TOKEN,
    metricsToken: settings.METRICS_TOKEN,
    registration: settings.REGISTRATION,
    rateLimits: Object.freeze({
      reads: settings.RATE_LIMIT_READS,
      writes: settings.RATE_LIMIT_WRITES,
      uploads: settings.RATE_LIMIT_UPLOADS,
      exports: settings.RATE_LIMIT_EXPORTS,
      logins: settings.RATE_LIMIT_LOGINS,
    }),
    quota: Object.freeze({ specs: settings.QUOTA_SPECS, bytes: settings.QUOTA_BYTES }),
    secretKeys: Object.freeze(secretKeys),
    importMaxBytes: settings.IMPORT_MAX_BYTES,
    uploadMaxBytes: settings.UPLOAD_MAX_BYTES,
    platform,
    ...place,
    publicUrl,
    trustProxy: Object.freeze(trustProxy),
  })
}

function readSecretKeys({ SECRET_KEYS: text }: Settings): SecretKey[] {
  return text === undefined ? [] : parseSecretKeys(text)
}

function readAdmin({ settings, given, problems }: SettingsReading): Config['admin'] {
  const pair = ['ADMIN_USERNAME', 'ADMIN_PASSWORD'] as const
  const present = pair.filter((name) => given.has(name))
  if (present.length === 1) {
    const sentence = `should be set too, because ${present.join()} is.`
    const missing = pair.filter((name) => !given.has(name))
    problems.push(...missing.map((variable) => ({ variable, sentence })))
  }
  const { ADMIN_USERNAME: username, ADMIN_PASSWORD: password } = settings
  if (username === undefined || password === undefined) return undefined
  return Object.freeze({ username, password })
}
