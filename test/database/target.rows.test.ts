import { describe, expect, it } from 'vitest'
import {
  parseTarget,
  TargetError,
  type PostgresTarget,
  type SqliteTarget,
} from '../../src/database/target/target.ts'

/** What an address is expected to become, beside what the others of its row become. */
type Becomes = Partial<PostgresTarget> & { warns?: string[] }

const plain = { kind: 'postgres', host: 'h', port: 5432, database: 'd', user: 'u', password: 'p' }

function becomes(text: string, { warns = [], ...expected }: Becomes = {}): void {
  const { target, warnings } = parseTarget(text)
  expect(target, text).toEqual({ ...plain, ssl: 'disable', ...expected })
  expect(warnings, text).toHaveLength(warns.length)
  for (const word of warns) expect(warnings, text).toContainEqual(expect.stringContaining(word))
}

function refusal(text: string): string {
  try {
    parseTarget(text)
  } catch (error) {
    if (error instanceof TargetError) return error.message
    throw error
  }
  throw new Error(`the address was taken: ${text}`)
}

function isFile(text: string, file: string, more: Partial<SqliteTarget> = {}): void {
  expect(parseTarget(text), text).toEqual({
    target: { kind: 'sqlite', file, ...more },
    warnings: [],
  })
}

describe('cleaning', () => {
  it('blanks, quotes, marks that cannot be seen, line ends', () => {
    for (const text of [
      ' postgres://u:p@h/d\t',
      '"postgres://u:p@h/d"',
      "'postgres://u:p@h/d'",
      '`postgres://u:p@h/d`',
      '“postgres://u:p@h/d”',
      '\uFEFFpostgres://u:p@\u200Bh/d\r\n',
      'postgres://u:p@\n  h/d',
    ])
      becomes(text)
  })

  it('the name of a variable', () => {
    becomes('DATABASE_URL=postgres://u:p@h/d')
    becomes('DATABASE_URL="postgres://u:p@h/d"')
    becomes("export DATABASE_URL='postgres://u:p@h/d';")
    becomes('$env:DATABASE_URL = "postgres://u:p@h/d"')
    becomes('SQL_DSN=postgres://u:p@h/d')
    expect(refusal('DATABASE_URL=postgres://u:p@h/d\nREDIS_URL=redis://x')).toContain(
      'other variables',
    )
  })

  it('what ends a statement or an item of a list', () => {
    becomes('postgres://u:p@h/d;')
    becomes('"postgres://u:p@h/d",')
    becomes('jdbc:postgresql://h/d?user=u&password=p;', { password: 'p;' })
  })

  it('psql and its flags', () => {
    becomes("psql 'postgres://u:p@h/d'")
    becomes('psql "postgres://u:p@h/d"')
    becomes('$ psql postgres://u:p@h/d')
    becomes('export DATABASE_URL="psql \'postgres://u:p@h/d\'"')
    becomes('PGPASSWORD=p psql -h h -p 6543 -U u d', { port: 6543 })
    becomes('PGPASSWORD=p psql --host=h --username u --dbname=d')
    becomes("PGPASSWORD='a b' psql -hh -Uu -dd -c 'select 1'", { password: 'a b' })
    becomes("psql 'host=h user=u password=p dbname=d'")
    becomes('PGPASSWORD=p PGSSLMODE=require psql "host=h dbname=d" -U u', { ssl: 'require' })
    expect(refusal("psql 'postgres://u:p@h/d")).toContain('quote')
  })

  it('nothing is not an address', () => {
    for (const text of ['', '  ', '""', 'DATABASE_URL=']) expect(refusal(text)).toContain('empty')
  })
})

describe('placeholders', () => {
  it.each([
    ['postgresql://postgres:[YOUR-PASSWORD]@h/d', '[YOUR-PASSWORD]'],
    ['postgresql://u:[PASSWORD]@h/d', '[PASSWORD]'],
    ['postgresql://u:<PASSWORD>@h/d', '<PASSWORD>'],
    ['postgresql://u:{password}@h/d', '{password}'],
    ['postgresql://u:YOUR_PASSWORD@h/d', 'YOUR_PASSWORD'],
    ['postgresql://u:p@[HOST]/d', '[HOST]'],
    ['postgresql://u:p@aws-0-[REGION].pooler.supabase.com/d', '[REGION]'],
    ['postgresql://u:p@db.<ref>.supabase.co/d', '<ref>'],
    ['postgresql://u:p@db.[PROJECT-REF].supabase.co/d', '[PROJECT-REF]'],
    ['postgresql://u:****@h/d', '****'],
    ['postgresql://u:••••••••@h/d', '••••••••'],
    ['postgres://user:password@host:5432/database', 'user:password@host'],
    ['postgres://USER:PASSWORD@HOST:PORT/DATABASE', 'USER:PASSWORD@HOST'],
    ['postgres://u:p@hostname:port/dbname', 'hostname:port'],
    ['postgres://u:p@h:port/d', ':port'],
    ['host=h user=u password=[YOUR-PASSWORD]', '[YOUR-PASSWORD]'],
    ['Host=h;Username=u;Password=****;Database=d', '****'],
  ])('%s', (text, placeholder) => {
    expect(refusal(text)).toContain(` ${placeholder}.`)
  })

  it.each(['$DATABASE_URL', '${DATABASE_URL}', '${{Postgres.DATABASE_URL}}', '{{ secret.url }}'])(
    '%s, which nothing has replaced',
    (text) => expect(refusal(text)).toContain('nothing has replaced'),
  )
})

describe('the rows of the table', () => {
  it('postgres://, postgresql://, pgsql://, psql://', () => {
    for (const scheme of ['postgres', 'postgresql', 'pgsql', 'psql', 'POSTGRES'])
      becomes(`${scheme}://u:p@h/d`)
  })

  it('postgresql+psycopg://, +psycopg2, +asyncpg, +pg8000, +psycopg_async, postgres+…, ecto://, postgis://, timescaledb://', () => {
    for (const suffix of ['psycopg', 'psycopg2', 'asyncpg', 'pg8000', 'psycopg_async'])
      becomes(`postgresql+${suffix}://u:p@h/d`)
    for (const scheme of ['postgres+x', 'ecto', 'postgis', 'timescaledb'])
      becomes(`${scheme}://u:p@h/d`)
    becomes('postgresql+asyncpg://u:p@h/d?ssl=require', { ssl: 'require' })
    becomes('postgresql+asyncpg://u:p@h/d?ssl=true', { ssl: 'require' })
  })

  it('prisma+postgres://, prisma://', () => {
    for (const text of ['prisma+postgres://accelerate.x/?api_key=k', 'prisma://x/?api_key=k'])
      expect(refusal(text)).toContain('direct address')
  })

  it('jdbc:postgresql://h:p/db?user=u&password=p&ssl=true&sslmode=..&currentSchema=s', () => {
    becomes('jdbc:postgresql://h:6543/d?user=u&password=p', { port: 6543 })
    becomes('jdbc:postgresql://h/d?user=u&password=p&ssl=true', { ssl: 'require' })
    becomes('jdbc:postgresql://h/d?user=u&password=p&ssl=true&sslmode=verify-full', {
      ssl: 'verify-full',
    })
    becomes('jdbc:postgresql://h/d?user=u&password=p&currentSchema=s', { schema: 's' })
    becomes('jdbc:postgresql://h/d?user=u&password=p&loginTimeout=7&ApplicationName=a', {
      connectTimeoutMs: 7000,
      applicationName: 'a',
    })
    expect(refusal('jdbc:postgresql:d')).toContain('no host')
    expect(refusal('jdbc:mysql://h/d')).toContain('MySQL')
  })

  it('user:pw@tcp(host:port)/db?sslmode=require, of Go', () => {
    const warns = ['form of MySQL']
    becomes('u:p@tcp(h:5432)/d?sslmode=require', { ssl: 'require', warns })
    becomes('u:p@x:/#%41@tcp(h:5433)/d', { port: 5433, password: 'p@x:/#%41', warns })
    becomes('u:p@tcp([::1]:5432)/d?charset=utf8mb4&parseTime=True&loc=Local', {
      host: '::1',
      warns,
    })
    becomes('postgres://u:p@tcp(h:5432)/d')
    for (const text of ['u:p@tcp(h:3306)/d', 'u:p@tcp(h)/d', 'u:p@unix(/tmp/mysql.sock)/d'])
      expect(refusal(text)).toContain('MySQL')
  })

  it("host=h port=5432 user=u password='p w' dbname=d sslmode=require, of libpq", () => {
    becomes("host=h port=5432 user=u password='p w' dbname=d sslmode=require", {
      password: 'p w',
      ssl: 'require',
    })
    becomes("host = h user=u password='it\\'s \\\\' dbname=d", { password: "it's \\" })
    becomes('host=h user=u password=a\\ b dbname=d', { password: 'a b' })
    becomes('user=u\npassword=p\nhost=h\nport=6543\ndbname=d', { port: 6543 })
    becomes('host=::1 user=u password=p dbname=d', { host: '::1' })
    for (const name of ['hostaddr', 'passfile', 'service'])
      expect(refusal(`host=h user=u ${name}=x`)).toContain(name)
    expect(refusal('host=h user=u password=p w dbname=d')).toContain('quotes')
  })

  it('Host=h;Port=5432;Username=u;Password=p;Database=d;SSL Mode=Require;Trust Server Certificate=true, of .NET', () => {
    becomes(
      'Host=h;Port=5432;Username=u;Password=p;Database=d;SSL Mode=Require;Trust Server Certificate=true',
      { ssl: 'require' },
    )
    becomes('Server=h;User Id=u;Password="p;""w";Database=d;', { password: 'p;"w' })
    becomes('host=h;uid=u;pwd=p;db=d;SslMode=VerifyFull;Search Path=s;Maximum Pool Size=9', {
      ssl: 'verify-full',
      schema: 's',
      poolMax: 9,
    })
    becomes('Host=h;Username=u;Password=p;Database=d;Timeout=4;Command Timeout=6', {
      connectTimeoutMs: 4000,
      queryTimeoutMs: 6000,
    })
    becomes('Host=h:6543;Username=u;Password=p;Database=d', { port: 6543 })
    becomes('Host=h;Username=u;Password=p;Database=d;Foo=canary', { warns: ['Foo'] })
    expect(refusal('Server=tcp:x.database.windows.net,1433;Initial Catalog=d;User ID=u')).toContain(
      'SQL Server',
    )
    expect(refusal('Server=h;Port=3306;Uid=u;Pwd=p;Database=d')).toContain('MySQL')
  })

  it('postgres://u:p@/db?host=/var/run/postgresql, ?host=/cloudsql/x, %2Fvar%2Frun.. host', () => {
    const socket = { host: '/var/run/postgresql', path: '/var/run/postgresql/.s.PGSQL.5432' }
    becomes('postgres://u:p@/d?host=/var/run/postgresql', socket)
    becomes('postgres://u:p@%2Fvar%2Frun%2Fpostgresql/d?sslmode=require', socket)
    becomes('host=/var/run/postgresql/ user=u password=p dbname=d', socket)
    becomes('postgres://u:p@localhost/d?host=/cloudsql/p:r:i', {
      host: '/cloudsql/p:r:i',
      path: '/cloudsql/p:r:i/.s.PGSQL.5432',
    })
    becomes('postgres://u:p@/d?host=/cloudsql/p:r:i/.s.PGSQL.5433', {
      host: '/cloudsql/p:r:i',
      port: 5433,
      path: '/cloudsql/p:r:i/.s.PGSQL.5433',
    })
    becomes('postgres://u:p@/d?host=/tmp&port=6000', {
      host: '/tmp',
      port: 6000,
      path: '/tmp/.s.PGSQL.6000',
    })
    expect(refusal(`postgres://u:p@/d?host=/${'x'.repeat(100)}`)).toContain('107 bytes')
    expect(refusal('postgres://u:p@h/d?host=other')).toContain('two hosts')
  })

  it('postgres://u:p@h1:5432,h2:5433/db', () => {
    for (const hosts of ['h1:5432,h2:5433', 'h1,h2'])
      expect(refusal(`postgres://u:p@${hosts}/d`)).toContain('several hosts')
    expect(refusal('host=h1,h2 user=u')).toContain('several hosts')
  })

  it('IPv6 [::1]', () => {
    becomes('postgres://u:p@[::1]:6543/d', { host: '::1', port: 6543 })
    becomes('postgres://u:p@[2001:db8::2]/d', { host: '2001:db8::2', ssl: 'prefer' })
    becomes('postgres://u:p@[fe80::1%25eth0]/d', { host: 'fe80::1%eth0', ssl: 'prefer' })
    for (const host of ['[h]', '[::1', '::1'])
      expect(() => parseTarget(`postgres://u:p@${host}/d`), host).toThrow(TargetError)
  })

  it('missing port, database, user', () => {
    becomes('postgres://u:p@h/d', { port: 5432 })
    becomes('postgres://u:p@h:/d', { port: 5432 })
    becomes('postgres://u:p@h', { database: 'u', warns: ['/postgres'] })
    expect(refusal('postgres://h/d')).toContain('no user')
    becomes('postgres://u:p@h/d&sslmode=require', {
      database: 'd&sslmode=require',
      warns: ['begin with a ?'],
    })
  })

  it('unencoded @ : / ? # % [ ] in the password', () => {
    const warns = ['percent-encoded']
    for (const password of [
      'a@b',
      'a:b',
      'a/b',
      'a?b',
      'a#b',
      'a%b',
      'a[b]',
      'a@h2/x',
      '50%',
      '@:/?#%',
    ])
      becomes(`postgres://u:${password}@h/d`, { password, warns })
    becomes('postgres://u:a+b%40%2F%25@h/d', { password: 'a+b@/%' })
    becomes('postgres://u:a#b%41@h/d', { password: 'a#bA', otherPassword: 'a#b%41', warns })
    expect(refusal('postgres://u:p@h x/d?application_name=a@elsewhere')).toContain('host')
  })

  it('password also given as PGPASSWORD', () => {
    const options = { password: 'other' }
    expect(parseTarget('postgres://u:p@h/d', options)).toMatchObject({
      target: { password: 'p' },
      warnings: [],
    })
    expect(parseTarget('postgres://u@h/d?password=p', options).target).toMatchObject({
      password: 'p',
    })
    expect(parseTarget('postgres://u@h/d', options)).toMatchObject({
      target: { password: 'other' },
      warnings: [expect.stringContaining('PGPASSWORD')],
    })
  })

  it('sqlite:///rel.db … sqlite:///C:/x.db', () => {
    isFile('sqlite:///rel.db', 'rel.db')
    isFile('sqlite:////abs.db', '/abs.db')
    isFile('sqlite+aiosqlite:///./x.db', './x.db')
    isFile('sqlite+pysqlite:///x.db', 'x.db')
    isFile('sqlite://x.db', 'x.db')
    isFile('sqlite:x.db', 'x.db')
    isFile('sqlite::memory:', ':memory:')
    isFile('file:x.db?mode=ro', 'x.db', { readonly: true })
    isFile('file:///abs', '/abs')
    isFile('./x.db', './x.db')
    isFile('x.sqlite3', 'x.sqlite3')
    isFile(':memory:', ':memory:')
    isFile('C:\\x.db', 'C:\\x.db')
    isFile('sqlite:///C:/x.db', 'C:/x.db')
    isFile('jdbc:sqlite:x.db', 'x.db')
    expect(parseTarget('sqlite://')).toEqual({
      target: { kind: 'sqlite', file: ':memory:' },
      warnings: [expect.stringContaining('memory')],
    })
    expect(parseTarget('sqlite:///x.db?cache=shared').warnings).toEqual([
      expect.stringContaining('cache'),
    ])
    for (const text of ['sqlite:///postgres://u:p@h/d', 'file:x?/u:p@h', './u:p@h/d', '/host=h'])
      expect(() => parseTarget(text), text).not.toThrow(TypeError)
  })

  it('libsql://, mysql://, mariadb://, mongodb://, redis://, https://<ref>.supabase.co, neon API keys, cockroachdb://', () => {
    const refused = [
      ['libsql://x.turso.io', 'libSQL'],
      ['mysql://u:p@h/d', 'MySQL'],
      ['mysql+pymysql://u:p@h/d', 'MySQL'],
      ['mariadb://u:p@h/d', 'MariaDB'],
      ['mongodb://u:p@h/d', 'MongoDB'],
      ['mongodb+srv://u:p@h/d', 'MongoDB'],
      ['redis://h', 'Redis'],
      ['rediss://h', 'Redis'],
      ['https://abcdefgh.supabase.co', 'Supabase project'],
      ['https://console.neon.tech/app', 'Neon'],
      ['https://example.org', 'web address'],
      ['napi_0123456789', 'API key of Neon'],
      ['sb_secret_abc', 'API key of Supabase'],
      ['postgres:/u:p@h/d', 'two slashes'],
      ['postgress://u:p@h/d', 'misspelt'],
      ['u:p@h.example:5432/d', 'lacks its scheme'],
      ['hunter2', 'no known form'],
    ] as const
    const sentences = refused.map(([text, word]) => {
      expect(refusal(text)).toContain(word)
      return refusal(text)
    })
    // Those that mean the same thing share a sentence.
    expect(new Set(sentences).size).toBe(refused.length - 3)
    becomes('cockroachdb://u:p@h/d', { port: 26_257, warns: ['CockroachDB'] })
  })
})

describe('the query parameters', () => {
  const address = (query: string) => `postgres://u:p@h/d?${query}`

  it.each<[query: string, expected: Becomes]>([
    ['sslmode=require', { ssl: 'require' }],
    ['ssl=true', { ssl: 'require' }],
    ['sslmode=verify-ca', { ssl: 'verify-ca' }],
    ['sslaccept=strict', { ssl: 'verify-full' }],
    ['sslrootcert=system', { ssl: 'verify-full' }],
    ['sslnegotiation=direct', { ssl: 'require', directTls: true }],
    ['sslmode=require&sslnegotiation=postgres', { ssl: 'require' }],
    ['connect_timeout=9', { connectTimeoutMs: 9000 }],
    ['application_name=a%20b', { applicationName: 'a b' }],
    [
      'options=-c%20statement_timeout%3D5s%20-csearch_path%3Ds',
      { queryTimeoutMs: 5000, schema: 's' },
    ],
    ['options=--lock-timeout%3D7%20-c%20TimeZone%3DUTC', { settings: { lock_timeout: '7' } }],
    ['options=-c%20work_mem%3Dcanary', { warns: ['options'] }],
    ['options=endpoint%3Dep-x', {}],
    ['search_path=s', { schema: 's' }],
    ['search_path=%22$user%22,s,public', { schema: 's' }],
    ['search_path=s,canary', { schema: 's', warns: ['search_path'] }],
    ['schema=s', { schema: 's' }],
    ['schema=public', {}],
    ['currentSchema=s', { schema: 's' }],
    ['statement_timeout=1500', { queryTimeoutMs: 1500 }],
    ['statement_timeout=2min', { queryTimeoutMs: 120_000 }],
    ['statement_timeout=0', {}],
    ['statement_timeout=canary', { warns: ['statement_timeout'] }],
    ['lock_timeout=5s', { settings: { lock_timeout: '5s' } }],
    [
      'idle_in_transaction_session_timeout=60000',
      { settings: { idle_in_transaction_session_timeout: '60000' } },
    ],
    ['pgbouncer=true', { transactionPooler: true }],
    ['connection_limit=3', { poolMax: 3 }],
    ['pool_size=3', { poolMax: 3 }],
    ['max=3', { poolMax: 3 }],
    ['max_conns=3', { poolMax: 3 }],
    ['pool_timeout=10', { warns: ['pool_timeout'] }],
    ['target_session_attrs=any', {}],
    ['target_session_attrs=read-write', {}],
    ['target_session_attrs=standby', { warns: ['target_session_attrs'] }],
  ])('%s is mapped', (query, expected) => becomes(address(query), expected))

  it.each([
    'channel_binding=prefer',
    'gssencmode=disable',
    'krbsrvname=x',
    'keepalives=1&keepalives_idle=3&keepalives_interval=3&keepalives_count=3',
    'uselibpqcompat=true',
    'supa=base-pooler.x',
    'workaround=supabase-pooler.vercel',
    'statement_cache_size=0',
    'prepared_statement_cache_size=0',
    'prepareThreshold=0',
    'binaryTransfer=true',
    'tcpKeepAlive=true',
    'charset=utf8&client_encoding=utf8',
    'sslcrl=x',
    'requiressl=1',
    'fallback_application_name=x',
    'async_fallback=true',
  ])('%s is dropped silently', (query) => becomes(address(query)))

  it('channel_binding=require, and what is not known, is dropped with a warning', () => {
    becomes(address('channel_binding=require'), { warns: ['channel_binding'] })
    becomes(address('foo=bar'), { warns: ['foo'] })
  })

  it('a schema that is none is refused', () => {
    for (const name of ['pg_catalog', 'My%20Schema', 'a%22b', 'x'.repeat(64)])
      expect(refusal(address(`schema=${name}`))).toContain('schema')
  })

  it('endpoint is kept for Neon alone', () => {
    const { target } = parseTarget(
      'postgres://u:p@ep-x.eu-central-1.aws.neon.tech/d?options=endpoint%3Dep-x',
    )
    expect(target).toMatchObject({ endpoint: 'ep-x', provider: 'neon' })
  })
})

describe('the encryption when nothing is said', () => {
  it.each([
    ['localhost', 'disable'],
    ['127.0.0.1', 'disable'],
    ['x.internal', 'disable'],
    ['x.flycast', 'disable'],
    ['dpg-abc-a', 'disable'],
    ['db.x.supabase.co', 'require'],
    ['ep-x.eu.aws.neon.tech', 'require'],
    ['dpg-abc-a.frankfurt-postgres.render.com', 'require'],
    ['x.proxy.rlwy.net', 'require'],
    ['x.pg.koyeb.app', 'require'],
    ['x.rds.amazonaws.com', 'require'],
    ['x.postgres.database.azure.com', 'require'],
    ['db.example.org', 'prefer'],
  ])('%s: %s', (host, ssl) => {
    expect(parseTarget(`postgres://u:p@${host}/d`).target).toMatchObject({ ssl })
  })

  it('is told where it is off over public networks', () => {
    const { warnings } = parseTarget('postgres://u:p@db.x.supabase.co/d?sslmode=disable')
    expect(warnings).toEqual([expect.stringContaining('not encrypted')])
  })
})

describe('the provider and its pooler, by host and port', () => {
  it.each([
    ['db.abc.supabase.co:5432', 'supabase', undefined],
    ['db.abc.supabase.co:6543', 'supabase', 'transaction'],
    ['aws-0-eu-central-1.pooler.supabase.com:5432', 'supabase', 'session'],
    ['aws-0-eu-central-1.pooler.supabase.com:6543', 'supabase', 'transaction'],
    ['ep-x-123.eu-central-1.aws.neon.tech', 'neon', undefined],
    ['ep-x-123-pooler.eu-central-1.aws.neon.tech', 'neon', 'transaction'],
    ['dpg-abc123-a', 'render', undefined],
    ['dpg-abc123-a.frankfurt-postgres.render.com', 'render', undefined],
    ['postgres.railway.internal', 'railway', undefined],
    ['x.proxy.rlwy.net:1234', 'railway', undefined],
    ['ep-x.eu-central-1.pg.koyeb.app', 'koyeb', undefined],
    ['app.flycast', 'fly', undefined],
    ['localhost', undefined, undefined],
    ['neon.tech.example.org', undefined, undefined],
    ['10.0.0.7:6543', undefined, undefined],
  ])('%s: %s, %s', (place, provider, poolerHint) => {
    const target = parseTarget(`postgres://u.x:p@${place}/d`).target as PostgresTarget
    expect(target.provider).toBe(provider)
    expect(target.poolerHint).toBe(poolerHint)
  })

  it('a user without its project is told at the pooler of Supabase', () => {
    const { warnings } = parseTarget('postgres://postgres:p@aws-0-x.pooler.supabase.com/postgres')
    expect(warnings).toEqual([expect.stringContaining('project')])
  })
})
