import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import Fastify from 'fastify'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import configPlugin, { ConfigError, readConfig } from '../src/config/config.ts'
import { settingNames, settingsSchema } from '../src/config/schema.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-config-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

// No mounts: an ordinary machine, whatever the tests run on.
const read = (environment: Record<string, string | undefined>) =>
  readConfig(environment, folder, [])

function problemsOf(environment: Record<string, string | undefined>): ConfigError {
  try {
    read(environment)
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  throw new Error('the configuration was taken')
}

const variablesOf = (environment: Record<string, string | undefined>) =>
  problemsOf(environment)
    .problems.map(({ variable }) => variable)
    .sort()

const password = 'correct horse battery'
const secret = 's'.repeat(32)

describe('the configuration of an empty environment', () => {
  it('is SQLite in ./data on port 3000', () => {
    expect(read({})).toEqual({
      production: false,
      port: 3000,
      host: '0.0.0.0',
      logLevel: 'info',
      target: { kind: 'sqlite', file: './data/holdfast.db' },
      targetWarnings: [],
      settingWarnings: [],
      database: {
        poolMax: 5,
        poolMode: 'auto',
        idleTimeoutMs: 30_000,
        maxLifetimeMs: 1_800_000,
        connectTimeoutMs: 10_000,
        queryTimeoutMs: 10_000,
        slowQueryMs: 1000,
        logQueries: false,
      },
      dataFolder: './data',
      admin: undefined,
      backupToken: undefined,
      metricsToken: undefined,
      registration: 'invite',
      rateLimits: { reads: 600, writes: 600, uploads: 300, exports: 10, logins: 20 },
      quota: { specs: undefined, bytes: undefined },
      secretKeys: [],
      importMaxBytes: 1_073_741_824,
      uploadMaxBytes: 8_388_608,
      platform: undefined,
      durability: { kind: 'local' },
      dataFolderLasts: true,
      publicUrl: undefined,
      trustProxy: [],
    })
  })

  it('is the one of an environment where everything is blank', () => {
    const blank = Object.fromEntries(settingNames.map((name) => [name, ' ']))
    expect(read(blank)).toEqual(read({}))
    const quoted = Object.fromEntries(settingNames.map((name) => [name, '""']))
    expect(read(quoted)).toEqual(read({}))
  })

  it('cannot be changed', () => {
    const config = read({ ADMIN_USERNAME: 'admin', ADMIN_PASSWORD: password })
    expect(
      [config, config.target, config.targetWarnings, config.database, config.admin].every(
        Object.isFrozen,
      ),
    ).toBe(true)
  })
})

describe('a setting', () => {
  it('is taken from the environment', () => {
    const config = read({
      NODE_ENV: 'production',
      PORT: ' 8080\r\n',
      HOST: '127.0.0.1',
      LOG_LEVEL: 'DEBUG',
      SQLITE_PATH: '/srv/holdfast/main.db',
      DATABASE_IDLE_TIMEOUT: '7',
      DATABASE_SLOW_QUERY_MS: '0',
      BACKUP_TOKEN: 'b'.repeat(32),
      SECRET_KEYS: `k2:${secret}2,k1:${secret}1`,
      IMPORT_MAX_BYTES: '4096',
    })
    expect(config).toMatchObject({
      production: true,
      port: 8080,
      host: '127.0.0.1',
      logLevel: 'debug',
      target: { kind: 'sqlite', file: '/srv/holdfast/main.db' },
      dataFolder: '/srv/holdfast',
      database: { idleTimeoutMs: 7000, slowQueryMs: 0 },
      backupToken: 'b'.repeat(32),
      secretKeys: [
        { id: 'k2', secret: `${secret}2` },
        { id: 'k1', secret: `${secret}1` },
      ],
      importMaxBytes: 4096,
    })
  })

  it('loses one pair of quotes, which docker --env-file keeps', () => {
    expect(read({ PORT: '"8080"', HOST: "'::'" })).toMatchObject({ port: 8080, host: '::' })
    expect(problemsOf({ PORT: `"8080'` }).message).toContain('PORT')
  })

  it('is what stands in one place of the schema, with a description', () => {
    const properties = Object.values(settingsSchema.properties)
    expect(
      properties.every((property) => 'description' in property && property.description !== ''),
    ).toBe(true)
  })

  it.each([
    ['PORT', ['-1', '65536', '3000a', '3.5', 'true']],
    ['LOG_LEVEL', ['loud', 'information']],
    ['DATABASE_URL', ['mysql://u:p@h/d', 'postgres://h', 'hunter2']],
    ['SQLITE_PATH', ['sqlite:data/', 'file://elsewhere/x.db']],
    ['DATABASE_SSL', ['on', 'verify']],
    ['DATABASE_LOG_QUERIES', ['2', 'all']],
    ['DATABASE_SCHEMA', ['a b', 'pg_catalog', 'x'.repeat(64), '1a']],
    ['DATABASE_POOL_MAX', ['0', '101', 'many']],
    ['DATABASE_POOL_MODE', ['statement']],
    ['DATABASE_IDLE_TIMEOUT', ['0', '30s']],
    ['DATABASE_MAX_LIFETIME', ['0', '1e9']],
    ['DATABASE_CONNECT_TIMEOUT', ['0', '301']],
    ['DATABASE_QUERY_TIMEOUT', ['0', '3601']],
    ['DATABASE_SLOW_QUERY_MS', ['-1', 'off']],
    ['BACKUP_TOKEN', ['b'.repeat(31), `${'b'.repeat(31)} b`, 'ü'.repeat(32)]],
    ['SECRET_KEYS', [`k1:${'s'.repeat(31)}`, `a:${secret},a:${secret}`, `,`, `ä:${secret}`]],
    ['IMPORT_MAX_BYTES', ['0', '1GiB']],
    ['UPLOAD_MAX_BYTES', ['1023', '16777217', '8MiB']],
  ])('%s is refused when wrong, by its name alone', (variable, values) => {
    for (const value of values) {
      expect(variablesOf({ [variable]: value }), value).toEqual([variable])
    }
  })
})

describe('everything that is wrong', () => {
  const canaries = {
    PORT: 'canary-port',
    LOG_LEVEL: 'canary-level',
    DATABASE_URL:
      'postgres://canary-user:canary-password@canary-host:canary-port/canary-database?sslmode=canary-mode',
    DATABASE_SSL: 'canary-ssl',
    DATABASE_POOL_MAX: 'canary-max',
    DATABASE_POOL_MODE: 'canary-mode',
    DATABASE_IDLE_TIMEOUT: 'canary-idle',
    DATABASE_MAX_LIFETIME: 'canary-lifetime',
    DATABASE_CONNECT_TIMEOUT: 'canary-connect',
    DATABASE_QUERY_TIMEOUT: 'canary-query',
    DATABASE_SLOW_QUERY_MS: 'canary-slow',
    ADMIN_USERNAME: 'canary user',
    ADMIN_PASSWORD: 'canary',
    BACKUP_TOKEN: 'canary-token',
    SECRET_KEYS: 'canary:canary-key',
    IMPORT_MAX_BYTES: 'canary-bytes',
    UPLOAD_MAX_BYTES: 'canary-upload',
  }

  it('is named at once', () => {
    expect(variablesOf(canaries)).toEqual(Object.keys(canaries).sort())
    for (const variable of Object.keys(canaries))
      expect(problemsOf(canaries).message).toContain(`${variable}: `)
  })

  it('is told without any value', () => {
    const error = problemsOf(canaries)
    expect(
      `${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`.toLowerCase(),
    ).not.toContain('canary')
  })

  it('ends the process with 78', () => {
    expect(problemsOf(canaries).exitCode).toBe(78)
  })
})

describe('the first administrator', () => {
  it('has a name in lower case and a password as it was received', () => {
    const config = read({ ADMIN_USERNAME: ' Root.Admin ', ADMIN_PASSWORD: `  ${password}` })
    expect(config.admin).toEqual({ username: 'root.admin', password: `  ${password}` })
  })

  it('needs both', () => {
    expect(variablesOf({ ADMIN_USERNAME: 'admin' })).toEqual(['ADMIN_PASSWORD'])
    expect(variablesOf({ ADMIN_PASSWORD: password })).toEqual(['ADMIN_USERNAME'])
    expect(variablesOf({ ADMIN_USERNAME: 'admin', ADMIN_PASSWORD: '' })).toEqual(['ADMIN_PASSWORD'])
  })

  it('is not said to lack what is there and wrong', () => {
    expect(variablesOf({ ADMIN_USERNAME: '?', ADMIN_PASSWORD: password })).toEqual([
      'ADMIN_USERNAME',
    ])
    expect(variablesOf({ ADMIN_USERNAME: 'admin', ADMIN_PASSWORD: 'short' })).toEqual([
      'ADMIN_PASSWORD',
    ])
  })

  it('has a password of 12 to 128 characters, counted as people count', () => {
    const withPassword = (text: string) => () =>
      read({ ADMIN_USERNAME: 'admin', ADMIN_PASSWORD: text })
    expect(withPassword('🔑'.repeat(12))).not.toThrow()
    expect(withPassword('🔑'.repeat(128))).not.toThrow()
    expect(withPassword('🔑'.repeat(11))).toThrow(ConfigError)
    expect(withPassword('a'.repeat(129))).toThrow(ConfigError)
  })
})

describe('secret keys', () => {
  it('may be one bare value, named by its hash', () => {
    expect(read({ SECRET_KEYS: secret }).secretKeys).toEqual([{ id: '8fd6a6a7', secret }])
  })
})

describe('DATABASE_URL', () => {
  const address = 'postgres://u:p@db.example.com/d'

  it('goes before SQLITE_PATH, whose folder still takes what is written beside', () => {
    const config = read({ DATABASE_URL: address, SQLITE_PATH: '/srv/x.db' })
    expect(config.target).toMatchObject({ kind: 'postgres', host: 'db.example.com' })
    expect(config.dataFolder).toBe('/srv')
  })

  it('may be a SQLite file, in whose folder the rest is written', () => {
    const config = read({ DATABASE_URL: 'sqlite:////var/lib/holdfast/main.db' })
    expect(config).toMatchObject({
      target: { file: '/var/lib/holdfast/main.db' },
      dataFolder: '/var/lib/holdfast',
    })
    expect(read({ DATABASE_URL: 'sqlite::memory:' }).dataFolder).toBe('./data')
  })

  it('gives its warnings', () => {
    expect(read({ DATABASE_URL: `${address}?foo=bar` }).targetWarnings).toEqual([
      'The parameter foo is not supported and is ignored.',
    ])
  })

  it('asks for encryption unless DATABASE_SSL does', () => {
    const ssl = (DATABASE_SSL?: string) =>
      read({ DATABASE_URL: `${address}?sslmode=require`, DATABASE_SSL }).target
    expect(ssl()).toMatchObject({ ssl: 'require' })
    expect(ssl('auto')).toMatchObject({ ssl: 'require' })
    expect(ssl('verify-full')).toMatchObject({ ssl: 'verify-full' })
    expect(ssl('disable')).toMatchObject({ ssl: 'disable' })
  })

  it('goes before the defaults of the pool, and behind its variables', () => {
    const DATABASE_URL = `${address}?connection_limit=3&connect_timeout=4&pgbouncer=true`
    expect(read({ DATABASE_URL }).database).toMatchObject({
      poolMax: 3,
      connectTimeoutMs: 4000,
      poolMode: 'transaction',
    })
    const variables = {
      DATABASE_POOL_MAX: '5',
      DATABASE_CONNECT_TIMEOUT: '10',
      DATABASE_POOL_MODE: 'auto',
    }
    const { database, target } = read({ DATABASE_URL, ...variables })
    expect(database).toMatchObject({ poolMax: 5, connectTimeoutMs: 10_000, poolMode: 'auto' })
    expect(Object.keys(target)).not.toContain('poolMax')
    expect(Object.keys(target)).not.toContain('connectTimeoutMs')
    expect(Object.keys(target)).not.toContain('transactionPooler')
  })
})

describe('the .env file', () => {
  const write = (text: string) => writeFileSync(join(folder, '.env'), text)

  it('fills in what the environment does not say', () => {
    write('PORT=4000\nHOST="::1"\r\nLOG_LEVEL=\n')
    expect(read({ PORT: '5000' })).toMatchObject({ port: 5000, host: '::1', logLevel: 'info' })
  })

  it('is overruled by a blank variable, which is unset', () => {
    write('PORT=4000\n')
    expect(read({ PORT: '' }).port).toBe(3000)
  })

  it('is not read in production', () => {
    write('PORT=4000\n')
    expect(read({ NODE_ENV: 'production' }).port).toBe(3000)
  })

  it('is refused where an unquoted # would cut a value', () => {
    write('export DATABASE_URL=postgres://u:canary#canary@h/d\n')
    expect(variablesOf({})).toEqual(['DATABASE_URL'])
    expect(problemsOf({}).message).not.toContain('canary')
    write('DATABASE_URL="postgres://u:p#x@h/d" # a comment\nPORT=4000 # another\n# PORT=1#2\n')
    expect(read({})).toMatchObject({ port: 4000, target: { password: 'p#x' } })
  })
})

describe('the platform', () => {
  it.each([
    [{ RENDER: 'true' }, 'render'],
    [{ KOYEB_INSTANCE_ID: 'x' }, 'koyeb'],
    [{ RENDER: '', KOYEB_REGION: ' ' }, undefined],
  ])('of %o is %s', (environment, platform) => {
    expect(read({ ...environment, ALLOW_EPHEMERAL_SQLITE: '1' }).platform).toBe(platform)
  })
})

describe('.env.example', () => {
  const text = readFileSync(new URL('../.env.example', import.meta.url), 'utf8')
  const uncommented = text.replaceAll(/^#(?=[A-Z_]+=)/gm, '')

  it('lists exactly the settings of the schema', () => {
    const listed = [...uncommented.matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name)
    expect(new Set(listed)).toEqual(new Set(settingNames))
    expect(listed).toHaveLength(settingNames.length)
  })

  it('shows the defaults', () => {
    const { DATABASE_URL, ADMIN_USERNAME, ...values } = parseEnv(uncommented)
    expect(DATABASE_URL && ADMIN_USERNAME).toBeTruthy()
    expect(read(values)).toEqual(read({}))
  })

  it('changes nothing when copied as it is', () => {
    const before = read({})
    writeFileSync(join(folder, '.env'), text)
    expect(read({})).toEqual(before)
  })
})

describe('the plugin', () => {
  it('makes the configuration known to the application', async () => {
    const config = read({})
    const app = Fastify()
    await app.register(configPlugin, { config })
    expect(app.config).toBe(config)
    await app.close()
  })
})
