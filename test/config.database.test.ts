import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ConfigError, readConfig } from '../src/config/config.ts'
import { isOneLetterOff } from '../src/config/unknown-names.ts'
import { certificate } from './doctor/certificates.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-config-'))
afterAll(() => rmSync(folder, { recursive: true }))

type Environment = Record<string, string | undefined>

const read = (environment: Environment) => readConfig(environment, folder)

function problemsOf(environment: Environment) {
  try {
    read(environment)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  throw new Error('the configuration was taken')
}

const warningsOf = (environment: Environment) =>
  read(environment).settingWarnings.map(({ variable, sentence }) => `${variable} ${sentence}`)

const address = 'postgres://u:p@db.example.com/d'

describe('SQL_DSN', () => {
  it('is DATABASE_URL by another name', () => {
    expect(read({ SQL_DSN: address }).target).toEqual(read({ DATABASE_URL: address }).target)
  })

  it('may be in the form of Go', () => {
    const config = read({ SQL_DSN: 'u:p@tcp(db.example.com:5432)/d?sslmode=require' })
    expect(config.target).toMatchObject({ host: 'db.example.com', port: 5432, ssl: 'require' })
    expect(config.targetWarnings).toEqual([expect.stringContaining('form of MySQL')])
  })

  it('may be set beside DATABASE_URL when both mean the same database', () => {
    const SQL_DSN = 'u:p@tcp(db.example.com:5432)/d'
    expect(read({ DATABASE_URL: address, SQL_DSN }).target).toMatchObject({ user: 'u' })
  })

  it.each([
    ['host', 'postgres://u:p@other.example.com/d'],
    ['password', 'postgres://u:other@db.example.com/d'],
    ['database', 'postgres://u:p@db.example.com/other'],
    ['kind', 'sqlite:./x.db'],
  ])('is refused when it names another %s', (_part, SQL_DSN) => {
    expect(problemsOf({ DATABASE_URL: address, SQL_DSN })).toEqual([
      { variable: 'SQL_DSN', sentence: expect.stringContaining('one of the two') as string },
    ])
  })

  it('is named when it is wrong, also beside a good DATABASE_URL', () => {
    expect(problemsOf({ SQL_DSN: 'mysql://u:p@h/d' })).toMatchObject([{ variable: 'SQL_DSN' }])
    expect(problemsOf({ DATABASE_URL: address, SQL_DSN: 'hunter2' })).toMatchObject([
      { variable: 'SQL_DSN' },
    ])
  })
})

describe('DATABASE_CA_CERT', () => {
  const { cert } = certificate('db.example.com')

  it('is who may sign, and has the certificate checked', () => {
    const DATABASE_CA_CERT = cert.replaceAll('\n', '\\n')
    const { target } = read({ DATABASE_URL: `${address}?sslmode=require`, DATABASE_CA_CERT })
    expect(target).toMatchObject({ ssl: 'verify-full', ca: expect.stringContaining('BEGIN') })
  })

  it('is checked as far as DATABASE_SSL says', () => {
    const ssl = (DATABASE_SSL: string) =>
      read({ DATABASE_URL: address, DATABASE_CA_CERT: cert, DATABASE_SSL }).target
    expect(ssl('verify-ca')).toMatchObject({ ssl: 'verify-ca' })
    expect(ssl('require')).toMatchObject({ ssl: 'verify-ca' })
    expect(ssl('disable')).toMatchObject({ ssl: 'disable' })
  })

  it('is refused when it is no certificate, without its value', () => {
    const problems = problemsOf({ DATABASE_URL: address, DATABASE_CA_CERT: '/canary.pem' })
    expect(problems).toMatchObject([{ variable: 'DATABASE_CA_CERT' }])
    expect(JSON.stringify(problems)).not.toContain('canary')
  })
})

describe('DATABASE_SCHEMA', () => {
  const schemaOf = (environment: Environment) => {
    const { target } = read(environment)
    return target.kind === 'postgres' ? target.schema : undefined
  }

  it('goes before the schema of the address', () => {
    const DATABASE_URL = `${address}?search_path=a`
    expect(schemaOf({ DATABASE_URL })).toBe('a')
    expect(schemaOf({ DATABASE_URL, DATABASE_SCHEMA: 'b' })).toBe('b')
    expect(schemaOf({ DATABASE_URL, DATABASE_SCHEMA: 'public' })).toBeUndefined()
    expect(schemaOf({ DATABASE_URL: address, DATABASE_SCHEMA: 'b' })).toBe('b')
  })

  it('is said to mean nothing to SQLite', () => {
    expect(warningsOf({ DATABASE_SCHEMA: 'b' })).toEqual([expect.stringContaining('SQLite')])
  })
})

describe('PGPASSWORD', () => {
  it('is taken where the address has none', () => {
    expect(
      read({ DATABASE_URL: 'postgres://u@h.example/d', PGPASSWORD: 'x' }).target,
    ).toMatchObject({ password: 'x' })
    expect(read({ DATABASE_URL: address, PGPASSWORD: 'x' }).target).toMatchObject({ password: 'p' })
  })
})

describe('an address', () => {
  it('asks for the time of statements unless DATABASE_QUERY_TIMEOUT does', () => {
    const DATABASE_URL = `${address}?statement_timeout=5s`
    expect(read({ DATABASE_URL }).database).toMatchObject({ queryTimeoutMs: 5000 })
    expect(read({ DATABASE_URL, DATABASE_QUERY_TIMEOUT: '7' }).database).toMatchObject({
      queryTimeoutMs: 7000,
    })
  })

  it('may not open SQLite for reading alone, as the service writes', () => {
    expect(problemsOf({ DATABASE_URL: 'file:x.db?mode=ro' })).toMatchObject([
      { variable: 'DATABASE_URL', sentence: expect.stringContaining('mode=ro') as string },
    ])
  })
})

describe('another variable that holds an address', () => {
  const POSTGRES_URL = 'postgres://u:canary@h.example/d'

  it('is named where DATABASE_URL is wrong', () => {
    const problems = problemsOf({ DATABASE_URL: '${{Postgres.DATABASE_URL}}', POSTGRES_URL })
    expect(problems.map(({ variable }) => variable)).toEqual(['DATABASE_URL', 'POSTGRES_URL'])
    expect(JSON.stringify(problems)).not.toContain('canary')
  })

  it('is named in the refusal of SQLite on a platform', () => {
    const problems = problemsOf({ RENDER: 'true', DATABASE_URL: ' ', POSTGRES_URL })
    expect(problems).toMatchObject([
      { variable: 'DATABASE_URL', sentence: expect.stringContaining('POSTGRES_URL') as string },
    ])
  })

  it('is warned of elsewhere, and never used', () => {
    expect(read({ POSTGRES_URL }).target).toMatchObject({ kind: 'sqlite' })
    expect(warningsOf({ POSTGRES_URL })).toEqual([expect.stringMatching(/^POSTGRES_URL .*SQLite/)])
    expect(warningsOf({ POSTGRES_URL, DATABASE_URL: address })).toEqual([])
  })
})

describe('the spellings of guides', () => {
  it('are settings', () => {
    const { database, settingWarnings } = read({
      POSTGRES_MAX_CONNECTIONS: '7',
      POSTGRES_IDLE_TIMEOUT: '5m',
      POSTGRES_MAX_LIFETIME: '600',
      POSTGRES_SLOW_QUERY_THRESHOLD: '250ms',
      POSTGRES_LOG_QUERIES: 'true',
    })
    expect(database).toMatchObject({
      poolMax: 7,
      idleTimeoutMs: 300_000,
      maxLifetimeMs: 600_000,
      slowQueryMs: 250,
      logQueries: true,
    })
    expect(settingWarnings).toEqual([])
  })

  it('of a threshold without a unit are read as what somebody would want, and told', () => {
    const slow = (POSTGRES_SLOW_QUERY_THRESHOLD: string) => {
      const { database, settingWarnings } = read({ POSTGRES_SLOW_QUERY_THRESHOLD })
      return [database.slowQueryMs, settingWarnings.length]
    }
    expect(slow('1000')).toEqual([1000, 1])
    expect(slow('0.5')).toEqual([500, 1])
    expect(slow('2')).toEqual([2000, 1])
    expect(slow('0')).toEqual([0, 0])
    expect(slow('2s')).toEqual([2000, 0])
  })

  it.each<[mode: string | undefined, verify: string | undefined, ssl: string, warnings: number]>([
    ['disable', undefined, 'disable', 0],
    ['allow', undefined, 'prefer', 0],
    ['prefer', undefined, 'prefer', 0],
    ['require', undefined, 'require', 0],
    ['require', 'false', 'require', 0],
    ['require', 'true', 'verify-full', 0],
    ['verify-ca', 'true', 'verify-ca', 0],
    ['verify-full', undefined, 'verify-full', 0],
    ['verify-full', 'false', 'verify-full', 1],
    ['disable', 'true', 'disable', 1],
    [undefined, 'true', 'verify-full', 0],
    [undefined, 'false', 'prefer', 0],
  ])('of encryption: %s, verified %s, is %s', (mode, verify, ssl, warnings) => {
    const config = read({
      DATABASE_URL: address,
      POSTGRES_SSL_MODE: mode,
      POSTGRES_SSL_VERIFY: verify,
    })
    expect(config.target).toMatchObject({ ssl })
    expect(config.settingWarnings).toHaveLength(warnings)
  })

  it('count only where the setting itself is not made', () => {
    const environment = {
      DATABASE_URL: address,
      DATABASE_POOL_MAX: '3',
      POSTGRES_MAX_CONNECTIONS: '9',
      DATABASE_SSL: 'require',
      POSTGRES_SSL_MODE: 'disable',
      POSTGRES_SSL_VERIFY: 'true',
    }
    const config = read(environment)
    expect(config.database.poolMax).toBe(3)
    expect(config.target).toMatchObject({ ssl: 'require' })
    expect(warningsOf(environment)).toHaveLength(3)
  })

  it('are refused by their own name, without their value', () => {
    const problems = problemsOf({
      POSTGRES_MAX_CONNECTIONS: 'canary',
      POSTGRES_IDLE_TIMEOUT: '0s',
      POSTGRES_SSL_MODE: 'canary',
      POSTGRES_SSL_VERIFY: 'canary',
      POSTGRES_LOG_QUERIES: 'canary',
    })
    expect(problems.map(({ variable }) => variable).sort()).toEqual([
      'POSTGRES_IDLE_TIMEOUT',
      'POSTGRES_LOG_QUERIES',
      'POSTGRES_MAX_CONNECTIONS',
      'POSTGRES_SSL_MODE',
      'POSTGRES_SSL_VERIFY',
    ])
    expect(JSON.stringify(problems)).not.toContain('canary')
  })
})

describe('a variable that is no setting', () => {
  it.each([
    ['DATABASE_POOLMAX', 'Is DATABASE_POOL_MAX meant?'],
    ['DATABSE_URL', 'Is DATABASE_URL meant?'],
    ['DATABASE_ULR', 'Is DATABASE_URL meant?'],
    ['database_url', 'Is DATABASE_URL meant?'],
    ['ADMIN_PASWORD', 'Is ADMIN_PASSWORD meant?'],
    ['HOLDFAST_PORT', 'Is PORT meant?'],
    ['HOLDFAST_DATABASE_URL', 'Is DATABASE_URL meant?'],
    ['POSTGRES_SSLMODE', 'Is POSTGRES_SSL_MODE meant?'],
    ['DATABASE_HOST', 'not used'],
    ['HOLDFAST_COLOUR', 'not used'],
  ])('%s is warned of, without its value', (name, sentence) => {
    const warnings = warningsOf({ [name]: 'canary' })
    expect(warnings).toEqual([expect.stringContaining(sentence)])
    expect(warnings[0]).toMatch(new RegExp(`^${name} `))
    expect(warnings.join()).not.toContain('canary')
  })

  it.each([
    'PATH',
    'HOSTS',
    'SPORT',
    'POSTGRES_USER',
    'HOLDFAST_TOKEN',
    'HOLDFAST_SERVICE_HOST',
    'HOLDFAST_PORT',
    'DATABASE_PORT_5432_TCP_ADDR',
    'POSTGRES_PASSWORD',
  ])('%s is somebody else’s', (name) => {
    expect(warningsOf({ [name]: 'tcp://10.0.0.1:80' })).toEqual([])
  })

  it('is not warned of when it is blank', () => {
    expect(warningsOf({ DATABASE_POOLMAX: ' ' })).toEqual([])
  })

  it('is one letter off when one is missing, added, wrong or out of place', () => {
    for (const word of ['ABCD', 'ABCDEF', 'ABXDE', 'ACBDE', 'XBCDE'])
      expect(isOneLetterOff(word, 'ABCDE'), word).toBe(true)
    for (const word of ['ABCDE', 'ABC', 'BADCE', 'EDCBA', 'ABCDEFG', 'AXCXE'])
      expect(isOneLetterOff(word, 'ABCDE'), word).toBe(false)
  })
})
