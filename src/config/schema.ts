import { Type, type Static } from 'typebox'
import { schemaPattern } from '../database/target/parameters/schema.ts'

const seconds = (options: { default: number; maximum: number; description: string }) =>
  Type.Integer({ minimum: 1, ...options })

const perMinute = ({ description, ...options }: { default: number; description: string }) =>
  Type.Integer({
    minimum: 0,
    maximum: 1_000_000,
    description: `${description}; 0 is without limit.`,
    ...options,
  })

/** `1`, `true`, `yes` and `on` are true, `0`, `false`, `no` and `off` are not. */
const flag = (options: { description: string }) =>
  Type.Boolean({ default: false, $comment: '1 or 0', ...options })

/**
 * Every setting the service takes from its environment: what it means, what it may be, what it is by default.
 * A `$comment` says what is expected where the constraint does not read well.
 */
export const settingsSchema = Type.Object({
  NODE_ENV: Type.String({
    default: 'development',
    description: 'In `production` no `.env` file is read.',
  }),
  PORT: Type.Integer({
    default: 3000,
    minimum: 0,
    maximum: 65_535,
    description: 'The port to listen on; 0 takes a free one.',
  }),
  HOST: Type.String({ default: '0.0.0.0', description: 'The address to listen on.' }),
  LOG_LEVEL: Type.Enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
    default: 'info',
    description: 'The least important messages that are logged.',
  }),
  DATABASE_URL: Type.Optional(
    Type.String({
      description:
        'The address of the PostgreSQL database, or of a SQLite file; without it SQLITE_PATH is used.',
    }),
  ),
  SQL_DSN: Type.Optional(
    Type.String({
      description: 'Another name of DATABASE_URL, as guides have it; not for both at once.',
    }),
  ),
  SQLITE_PATH: Type.String({
    default: './data/holdfast.db',
    description:
      'The SQLite file that is used without DATABASE_URL. Its folder also holds the copies made before changes.',
  }),
  DATABASE_SCHEMA: Type.Optional(
    Type.String({
      pattern: schemaPattern,
      $comment: 'a name of up to 63 of the characters a-z, 0-9 and _, not beginning with pg_',
      description:
        'The schema of PostgreSQL that holds the tables, so that services can share a database; unset it is `public`.',
    }),
  ),
  DATABASE_SSL: Type.Enum(['auto', 'disable', 'prefer', 'require', 'verify-ca', 'verify-full'], {
    default: 'auto',
    description:
      'Encryption of connections to PostgreSQL. `auto` does what the address says, or what suits the host; `require` encrypts without checking the certificate.',
  }),
  DATABASE_CA_CERT: Type.Optional(
    Type.String({
      description:
        'Who may sign the certificate of PostgreSQL: the text of a PEM file, or its path. With it, the certificate is checked.',
    }),
  ),
  DATABASE_POOL_MAX: Type.Integer({
    default: 5,
    minimum: 1,
    maximum: 100,
    description: 'Connections to PostgreSQL, at most; goes before what the address says.',
  }),
  DATABASE_POOL_MODE: Type.Enum(['auto', 'direct', 'session', 'transaction'], {
    default: 'auto',
    description: 'The pooler in front of PostgreSQL, if any; `auto` finds out by asking.',
  }),
  DATABASE_IDLE_TIMEOUT: seconds({
    default: 30,
    maximum: 86_400,
    description: 'Seconds after which an unused connection is closed.',
  }),
  DATABASE_MAX_LIFETIME: seconds({
    default: 1800,
    maximum: 86_400,
    description: 'Seconds after which any connection is replaced.',
  }),
  DATABASE_CONNECT_TIMEOUT: seconds({
    default: 10,
    maximum: 300,
    description: 'Seconds to wait for a new connection; goes before what the address says.',
  }),
  DATABASE_QUERY_TIMEOUT: seconds({
    default: 10,
    maximum: 3600,
    description: 'Seconds that a statement of an ordinary request may take.',
  }),
  DATABASE_SLOW_QUERY_MS: Type.Integer({
    default: 1000,
    minimum: 0,
    maximum: 3_600_000,
    description:
      'Milliseconds from which a statement is logged as slow, without its parameters; 0 logs none.',
  }),
  DATABASE_LOG_QUERIES: flag({
    description: 'Logs every statement with its duration, without its parameters.',
  }),
  ALLOW_EPHEMERAL_SQLITE: flag({
    description:
      'Lets SQLite run on a platform that wipes its disk, and lose everything at the next deploy.',
  }),
  PUBLIC_URL: Type.Optional(
    Type.String({
      description:
        'Where the service is reached, as https://specs.example.org; without it, what the platform says.',
    }),
  ),
  TRUST_PROXY: Type.Optional(
    Type.String({
      description:
        'The proxies whose word on the client’s address is taken: addresses and networks with commas between them, or `render` or `koyeb`.',
    }),
  ),
  ADMIN_USERNAME: Type.Optional(
    Type.String({
      pattern: '^[a-z0-9_.-]{2,64}$',
      $comment: '2 to 64 of the characters a-z, 0-9, _ . and -',
      description:
        'The first administrator, made at the start while there is no user. Needs ADMIN_PASSWORD.',
    }),
  ),
  ADMIN_PASSWORD: Type.Optional(
    Type.String({
      minLength: 12,
      maxLength: 128,
      description: 'The password of the first administrator. Needs ADMIN_USERNAME.',
    }),
  ),
  BACKUP_TOKEN: Type.Optional(
    Type.String({
      pattern: '^[!-~]{32,512}$',
      $comment: '32 to 512 characters of ASCII without blanks',
      description:
        'Opens the export, and nothing else, for a scheduled job. Unset, it does not exist.',
    }),
  ),
  SECRET_KEYS: Type.Optional(
    Type.String({
      description:
        'Keys that seal the credentials of an export, as `k2:…,k1:…`: the first seals, all open. A bare value is one key.',
    }),
  ),
  METRICS_TOKEN: Type.Optional(
    Type.String({
      pattern: '^[!-~]{32,512}$',
      $comment: '32 to 512 characters of ASCII without blanks',
      description: 'Opens `/metrics`, for Prometheus. Unset, there are none.',
    }),
  ),
  REGISTRATION: Type.Enum(['open', 'invite', 'closed'], {
    default: 'invite',
    description: 'Who may register: anyone, whoever has an invite, or nobody.',
  }),
  RATE_LIMIT_READS: perMinute({
    default: 600,
    description:
      'Reads that one user, or one address without a user, may make in a minute at each instance',
  }),
  RATE_LIMIT_WRITES: perMinute({ default: 600, description: 'Changes, likewise' }),
  RATE_LIMIT_UPLOADS: perMinute({ default: 300, description: 'Uploads of documents, likewise' }),
  RATE_LIMIT_EXPORTS: perMinute({ default: 10, description: 'Exports and imports, likewise' }),
  RATE_LIMIT_LOGINS: perMinute({
    default: 20,
    description:
      'Logins and registrations that one address may try in a minute, over all instances',
  }),
  QUOTA_SPECS: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 1_000_000_000,
      description: 'Specs that a member may own who has no quota of his own; unset, any number.',
    }),
  ),
  QUOTA_BYTES: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 1_125_899_906_842_624,
      description:
        'Bytes that the documents of a member’s specs may have together, likewise; unset, any number. An import of an export minds no quota.',
    }),
  ),
  IMPORT_MAX_BYTES: Type.Integer({
    default: 1_073_741_824,
    minimum: 1024,
    maximum: 1_099_511_627_776,
    description: 'The largest import that is taken, in bytes.',
  }),
  UPLOAD_MAX_BYTES: Type.Integer({
    default: 8_388_608,
    minimum: 1024,
    maximum: 16_777_216,
    description: 'The largest API description that is taken, in bytes.',
  }),
})

export type Settings = Static<typeof settingsSchema>
export type SettingName = keyof Settings

export const settingNames = Object.keys(settingsSchema.properties) as SettingName[]
