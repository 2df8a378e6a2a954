import { describe, expect, it } from 'vitest'
import {
  maskTarget,
  parseTarget,
  TargetError,
  type PostgresTarget,
} from '../../src/database/target/target.ts'

const defaults = { kind: 'postgres', port: 5432, user: 'u', password: 'p', database: 'd' }

function refusal(text: string): string {
  try {
    parseTarget(text)
  } catch (error) {
    if (error instanceof TargetError) return error.message
    throw error
  }
  throw new Error('the address was taken')
}

describe('an address of PostgreSQL', () => {
  it.each([
    'postgres',
    'postgresql',
    'postgresql+psycopg',
    'postgresql+asyncpg',
    'postgres+pg8000',
    'POSTGRESQL',
  ])('begins with %s', (scheme) => {
    expect(parseTarget(`${scheme}://u:p@h.example:6543/d`)).toEqual({
      target: { ...defaults, host: 'h.example', port: 6543, ssl: 'prefer' },
      warnings: [],
    })
  })

  it.each([
    ['blanks and line ends', '  postgres://u:p@h/d\r\n'],
    ['a line break in the middle', 'postgres://u:p@\nh/d'],
    ['double quotes', '"postgres://u:p@h/d"'],
    ['single quotes', " 'postgres://u:p@h/d' "],
    ['a byte order mark', '\uFEFFpostgres://u:p@h/d'],
    ['zero-width characters', 'postgres://u:p@\u200Bh/d\u200D'],
    ['a slash at the end', 'postgres://u:p@h/d/'],
    ['an empty port', 'postgres://u:p@h:/d'],
    ['an empty query', 'postgres://u:p@h/d?'],
    ['user and password in the query', 'postgres://h/d?user=u&password=p'],
  ])('may come with %s', (_name, text) => {
    expect(parseTarget(text)).toEqual({
      target: { ...defaults, host: 'h', ssl: 'disable' },
      warnings: [],
    })
  })

  it('is percent-decoded, and + is no space', () => {
    const { target, warnings } = parseTarget('postgres://us%40er:p%23%2B%C3%BC+%25@h/my%20db')
    expect(target).toMatchObject({ user: 'us@er', password: 'p#+ü+%', database: 'my db' })
    expect(warnings).toEqual([])
  })

  it.each([
    'p@ss',
    'a:b:c',
    'p/w',
    'p?w',
    'p#w',
    'p@x/y',
    'p@x#y',
    'p@h.example/d?x=y',
    'p@/d',
    '100%',
    '%zz',
    '[x]',
    '@@@',
    '://',
    '#/?@:%',
    'a&b=c',
  ])('may hold the bare password %s, with a warning', (password) => {
    const { target, warnings } = parseTarget(
      `postgres://u:${password}@h.example:6543/d?application_name=a@b`,
    )
    expect(target).toMatchObject({
      host: 'h.example',
      port: 6543,
      user: 'u',
      password,
      database: 'd',
      applicationName: 'a@b',
    })
    if (password === 'a&b=c') return
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatch(/percent-encoded/)
    expect(warnings[0]).not.toContain(password.length > 3 ? password : '\0')
  })

  it.each(['postgres://', 'jdbc:postgresql://'])(
    'is refused as %s… when a password among the parameters would pass for the user',
    (scheme) => {
      const text = `${scheme}db.example/d?user=u&password=canary#one@two:5432/d`
      expect(() => parseTarget(text)).toThrow(/password in its parameters.*Percent-encode/)
      expect(() => parseTarget(text)).not.toThrow(/canary|one|two/)
    },
  )

  it('keeps a password whose percent signs encode no text', () => {
    expect(parseTarget('postgres://u:%E9%FF@h/d').target).toMatchObject({ password: '%E9%FF' })
  })

  it('may have no password', () => {
    expect(parseTarget('postgres://u@h/d').target).toMatchObject({ user: 'u', password: undefined })
    expect(parseTarget('postgres://u:@h/d').target).toMatchObject({
      user: 'u',
      password: undefined,
    })
  })

  it('means the database named like the user when it names none, with a warning', () => {
    for (const text of [
      'postgres://u:p@h',
      'postgres://u:p@h/',
      'postgres://u:p@h?sslmode=disable',
    ]) {
      const { target, warnings } = parseTarget(text)
      expect(target).toMatchObject({ database: 'u' })
      expect(warnings).toEqual([expect.stringContaining('/postgres')])
    }
  })

  it('may name an IPv6 host', () => {
    expect(parseTarget('postgres://u:p@[::1]/d').target).toMatchObject({
      host: '::1',
      port: 5432,
      ssl: 'disable',
    })
    expect(parseTarget('postgres://u:p@[2001:db8::2]:6543/d').target).toMatchObject({
      host: '2001:db8::2',
      port: 6543,
      ssl: 'prefer',
    })
  })

  it('drops what follows a #, with a warning', () => {
    const { target, warnings } = parseTarget('postgres://u:p@h/d#main')
    expect(target).toMatchObject({ database: 'd' })
    expect(warnings).toEqual([expect.stringContaining('#')])
  })

  it.each([
    ['no user', 'postgres://h/d', 'no user'],
    ['no host', 'postgres://u:p@/d', 'no host'],
    ['nothing', 'postgres://', 'no host'],
    ['several hosts', 'postgres://u:p@h1:5432,h2:5433/d', 'several hosts'],
    ['several hosts without ports', 'postgres://u:p@h1,h2/d', 'several hosts'],
    ['a port that is none', 'postgres://u:p@h:http/d', 'port'],
    ['a port that is too high', 'postgres://u:p@h:65536/d', 'port'],
    ['port 0', 'postgres://u:p@h:0/d', 'port'],
    ['an unfinished IPv6 host', 'postgres://u:p@[::1/d', 'brackets'],
    ['an IPv6 host that is none', 'postgres://u:p@[h]/d', 'brackets'],
    ['a host that is none', 'postgres://u:p@h ost/d', 'host'],
    ['a NUL character', 'postgres://u:p%00@h/d', 'control character'],
  ])('is refused with %s', (_name, text, sentence) => {
    expect(refusal(text)).toContain(sentence)
  })
})

describe('the encryption', () => {
  const sslOf = (host: string, query = '') =>
    (parseTarget(`postgres://u:p@${host}/d${query}`).target as PostgresTarget).ssl

  it.each([
    ['sslmode=disable', 'disable'],
    ['sslmode=allow', 'prefer'],
    ['sslmode=prefer', 'prefer'],
    ['sslmode=require', 'require'],
    ['sslmode=REQUIRE', 'require'],
    ['sslmode=no-verify', 'require'],
    ['sslmode=verify-ca', 'verify-ca'],
    ['sslmode=verify-full', 'verify-full'],
    ['ssl=true', 'require'],
    ['ssl=1', 'require'],
    ['ssl=false', 'disable'],
    ['ssl=require', 'require'],
    ['sslmode=require&sslrootcert=system', 'verify-full'],
    ['sslmode=verify-full&ssl=true', 'verify-full'],
    ['ssl=true&amp;sslmode=verify-full', 'verify-full'],
  ])('of %s is %s', (query, ssl) => {
    expect(sslOf('h.example', `?${query}`)).toBe(ssl)
  })

  it.each([
    ['localhost', 'disable'],
    ['127.0.0.1', 'disable'],
    ['db_host', 'disable'],
    ['dpg-abc-a', 'disable'],
    ['postgres.railway.internal', 'disable'],
    ['x.flycast', 'disable'],
    ['db.abc.supabase.co', 'require'],
    ['aws-0-eu-central-1.pooler.supabase.com', 'require'],
    ['ep-x-123.eu-central-1.aws.neon.tech', 'require'],
    ['dpg-abc-a.frankfurt-postgres.render.com', 'require'],
    ['x.proxy.rlwy.net', 'require'],
    ['ep-x.eu-central-1.pg.koyeb.app', 'require'],
    ['x.rds.amazonaws.com', 'require'],
    ['x.postgres.database.azure.com', 'require'],
    ['neon.tech.example.org', 'prefer'],
    ['10.0.0.7', 'prefer'],
    ['db.example.org', 'prefer'],
  ])('of %s, when the address says nothing, is %s', (host, ssl) => {
    expect(sslOf(host)).toBe(ssl)
  })

  it('is never guessed from a misspelt word', () => {
    expect(refusal('postgres://u:p@h/d?sslmode=canary')).toContain('sslmode')
    expect(refusal('postgres://u:p@h/d?sslmode=canary')).not.toContain('canary')
    expect(refusal('postgres://u:p@h/d?ssl=constructor')).toContain('ssl')
  })
})

describe('a parameter', () => {
  const parse = (query: string) => parseTarget(`postgres://u:p@h/d?${query}`)

  it.each([
    ['application_name=my%20app', { applicationName: 'my app' }],
    ['connect_timeout=15', { connectTimeoutMs: 15_000 }],
    ['connect_timeout=0', {}],
    ['pgbouncer=true', { transactionPooler: true }],
    ['pgbouncer=false', { transactionPooler: false }],
    ['connection_limit=1', { poolMax: 1 }],
    ['pool_size=7', { poolMax: 7 }],
    ['max=100', { poolMax: 100 }],
  ])('%s is understood', (query, expected) => {
    expect(parse(query)).toEqual({
      target: { ...defaults, host: 'h', ssl: 'disable', ...expected },
      warnings: [],
    })
  })

  it.each([
    'channel_binding=prefer&gssencmode=disable&krbsrvname=x&keepalives=1&keepalives_idle=3',
    'uselibpqcompat=true&supa=base-pooler.x&workaround=supabase-pooler.vercel',
    'statement_cache_size=0&prepared_statement_cache_size=0&prepareThreshold=0&binaryTransfer=true&tcpKeepAlive=true',
    'charset=utf8&client_encoding=utf8&sslcrl=x&requiressl=1&fallback_application_name=x&async_fallback=true',
    'target_session_attrs=any&schema=public',
  ])('of %s is dropped silently', (query) => {
    expect(parse(query)).toEqual({
      target: { ...defaults, host: 'h', ssl: 'disable' },
      warnings: [],
    })
  })

  it.each([
    ['channel_binding=require', 'channel_binding=require'],
    ['foo=canary', 'foo'],
    ['options=canary', 'options'],
    ['constructor=canary', 'constructor'],
    ['__proto__=canary', 'not supported'],
    ['target_session_attrs=canary', 'target_session_attrs'],
    ['connection_limit=canary', 'connection_limit'],
    ['connection_limit=0', 'connection_limit'],
    ['max=101', 'max'],
    ['connect_timeout=-1', 'connect_timeout'],
    ['pgbouncer=canary', 'pgbouncer'],
    [`application_name=${'canary'.repeat(11)}`, 'application_name'],
    ['canary', 'unreadable'],
    ['%00canary%3D=1', 'unreadable'],
  ])('%s is dropped with a warning that names it alone', (query, name) => {
    const { target, warnings } = parse(query)
    expect(target).toEqual({ ...defaults, host: 'h', ssl: 'disable' })
    expect(warnings).toEqual([expect.stringContaining(name)])
    expect(warnings.join()).not.toContain('canary')
  })
})

describe('an address of SQLite', () => {
  it.each([
    ['sqlite:///rel.db', 'rel.db'],
    ['sqlite:///./rel.db', './rel.db'],
    ['sqlite:////abs/x.db', '/abs/x.db'],
    ['sqlite+aiosqlite:///./x.db', './x.db'],
    ['sqlite+pysqlite:////abs.db', '/abs.db'],
    ['sqlite://x.db', 'x.db'],
    ['sqlite://./data/x.db', './data/x.db'],
    ['sqlite:x.db', 'x.db'],
    ['sqlite:/abs/x.db', '/abs/x.db'],
    ['sqlite::memory:', ':memory:'],
    ['sqlite:///:memory:', ':memory:'],
    ['sqlite:///C:/x.db', 'C:/x.db'],
    ['file:x.db', 'x.db'],
    ['file:./a%20b.db', './a b.db'],
    ['file:/abs/x.db', '/abs/x.db'],
    ['file:///abs/x.db', '/abs/x.db'],
    ['file://localhost/abs/x.db', '/abs/x.db'],
    ['file:///C:/x.db', 'C:/x.db'],
    ['file:x.db?mode=rwc', 'x.db'],
    ['file:x?mode=memory', ':memory:'],
    [':memory:', ':memory:'],
    ['./x.db', './x.db'],
    ['../x', '../x'],
    ['/abs/x', '/abs/x'],
    ['x.sqlite3', 'x.sqlite3'],
    ['data/x.sqlite', 'data/x.sqlite'],
    ['C:\\x.db', 'C:\\x.db'],
    ['"./x.db"', './x.db'],
  ])('%s is the file %s', (text, file) => {
    expect(parseTarget(text)).toEqual({ target: { kind: 'sqlite', file }, warnings: [] })
  })

  it('without a file is memory, with a warning', () => {
    expect(parseTarget('sqlite://')).toEqual({
      target: { kind: 'sqlite', file: ':memory:' },
      warnings: [expect.stringContaining('memory')],
    })
  })

  it('drops other parameters with a warning that names them', () => {
    const { target, warnings } = parseTarget('sqlite:///x.db?cache=canary&canary&mode=ro')
    expect(target).toEqual({ kind: 'sqlite', file: 'x.db', readonly: true })
    expect(warnings).toHaveLength(2)
    expect(warnings.join()).not.toContain('canary')
  })

  it.each([
    'sqlite:',
    'sqlite:?mode=ro',
    'sqlite:///data/',
    './data/',
    'file://elsewhere/x.db',
    'file:',
    'file:a%00b',
  ])('%s is refused', (text) => {
    expect(() => parseTarget(text)).toThrow(TargetError)
  })
})

describe('what is no address of a database', () => {
  it.each([
    ['mysql://u:p@h/d', 'MySQL'],
    ['mysql+pymysql://u:p@h/d', 'MySQL'],
    ['mariadb://u:p@h/d', 'MariaDB'],
    ['mongodb://u:p@h/d', 'MongoDB'],
    ['mongodb+srv://u:p@h/d', 'MongoDB'],
    ['redis://h', 'Redis'],
    ['rediss://h', 'Redis'],
    ['libsql://x.turso.io', 'libSQL'],
    ['sqlserver://h', 'SQL Server'],
    ['prisma+postgres://x', 'Prisma'],
    ['https://abcdefgh.supabase.co', 'Supabase'],
    ['https://console.neon.tech/app', 'web address'],
    ['napi_0123456789', 'API key'],
  ])('%s is refused with a sentence of its own', (text, sentence) => {
    expect(refusal(text)).toContain(sentence)
  })

  it.each([
    ['postgresql://postgres:[YOUR-PASSWORD]@db.x.supabase.co:5432/postgres', '[YOUR-PASSWORD]'],
    ['postgresql://postgres:[PASSWORD]@h/d', '[PASSWORD]'],
    ['postgresql://u:<PASSWORD>@h/d', '<PASSWORD>'],
    ['postgresql://u:<db_password>@h/d', '<db_password>'],
    ['postgresql://u:{password}@h/d', '{password}'],
    ['postgresql://u:YOUR_PASSWORD@h/d', 'YOUR_PASSWORD'],
    ['postgresql://u:p@[HOST]/d', '[HOST]'],
    ['postgresql://u:p@aws-0-[REGION].pooler.supabase.com/d', '[REGION]'],
    ['postgresql://u:p@db.<ref>.supabase.co/d', '<ref>'],
    ['postgresql://u:****@h/d', '****'],
    ['postgres://user:password@host:5432/database', 'user:password@host'],
    ['postgres://u:p@hostname:port/dbname', 'hostname:port'],
  ])('%s is refused by its placeholder', (text, placeholder) => {
    expect(refusal(text)).toContain(` ${placeholder}.`)
  })

  it.each([
    '${DATABASE_URL}',
    '$DATABASE_URL',
    '${{ Postgres.DATABASE_URL }}',
    'postgres://u:${PASSWORD}@h/d',
  ])('%s is refused as a variable that nothing has replaced', (text) => {
    expect(refusal(text)).toContain('nothing has replaced')
  })

  it('is not seen in real passwords of the same words', () => {
    expect(parseTarget('postgres://postgres:password@localhost/d').warnings).toEqual([])
    expect(parseTarget('postgres://user:password@localhost/d').warnings).toEqual([])
  })

  it.each([
    '',
    '  ',
    '""',
    'hunter2',
    'postgres',
    'postgres:/u:p@h/d',
    'jdbc:foo',
    '\0',
    `postgres://u:p@h/${'d'.repeat(5000)}`,
  ])('%j is refused', (text) => {
    expect(() => parseTarget(text)).toThrow(TargetError)
  })
})

describe('a masked target', () => {
  it.each([
    ['postgres://u:secret@h/d', 'postgres://u:***@h:5432/d'],
    ['postgres://u@h/d', 'postgres://u@h:5432/d'],
    ['postgres://u:secret@[::1]:1/d', 'postgres://u:***@[::1]:1/d'],
    ['postgres://u%40x:secret@h/d%2Fe', 'postgres://u%40x:***@h:5432/d%2Fe'],
    ['sqlite:////x.db', 'sqlite:/x.db'],
    ['postgres://u\uD800:secret@h/d', 'postgres://u%EF%BF%BD:***@h:5432/d'],
  ])('of %s is %s', (text, masked) => {
    expect(maskTarget(parseTarget(text).target)).toBe(masked)
  })
})
