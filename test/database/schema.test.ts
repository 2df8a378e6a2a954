import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { openDatabase } from '../../src/database/index.ts'
import { readMigrations } from '../../src/database/migrations/manifest.ts'
import { migrate, migrationStatus } from '../../src/database/migrations/migrate.ts'
import { createLocks } from '../../src/database/postgres/locks.ts'
import { createPostgres } from '../support/databases.ts'
import { pgbouncer, startPgBouncer } from '../support/pgbouncer.ts'
import { databaseOptions } from '../support/database.options.ts'
import { layDecoys, onServer, startIn, useEverything } from './schema.fixture.ts'
import { targetOf } from './postgres.fixture.ts'

/** The tables of an export but the audit log, which an export and an import tell of themselves. */
function withoutAudit(text: string): Record<string, unknown> {
  const { audit: _, ...tables } = (JSON.parse(text) as { tables: Record<string, unknown> }).tables
  return tables
}

const migrations = readMigrations('postgres')

/** How the database is reached, and with how many connections, at most. */
const ways = [
  { way: 'directly', mode: undefined, pool: 5 },
  { way: 'through PgBouncer in transaction mode, one connection', mode: 'transaction', pool: 1 },
  { way: 'through PgBouncer in transaction mode, two connections', mode: 'transaction', pool: 2 },
  { way: 'through PgBouncer in session mode, two connections', mode: 'session', pool: 2 },
] as const

describe.each(ways)('two services in two schemas of one database, $way', ({ mode, pool }) => {
  let url: string
  let stop = () => Promise.resolve()

  beforeAll(async () => {
    const direct = (await createPostgres()).url
    await layDecoys(direct)
    url = direct
    if (!mode || !pgbouncer) return
    const pooler = await startPgBouncer({ url: direct, mode, poolSize: pool })
    url = pooler.url
    stop = () => pooler.stop()
  })
  afterAll(() => stop())

  it('do not see each other', { timeout: 60_000 }, async ({ skip }) => {
    if (mode && !pgbouncer) skip('pgbouncer is not installed')
    // In session mode every connection of a service holds one of the pooler's.
    const environment = { DATABASE_POOL_MAX: mode === 'session' ? '1' : String(pool) }
    const [one, other] = [
      await startIn(url, 'holdfast_one', environment),
      await startIn(url, 'Holdfast "two"; \\ \'drop\'', environment),
    ]
    expect(one.app.database.tableName('users')).toBe('"holdfast_one"."users"')

    const { spec } = await useEverything(one, 'alpha')
    expect(spec.slug).toBe('alpha')

    const list = await other.call('GET', '/api/specs', { as: other.admin })
    expect(list.json).toMatchObject({ items: [], nextCursor: null })
    const search = await other.call('GET', '/api/specs?q=alpha', { as: other.admin })
    expect(search.json.items).toEqual([])
    const news = await other.call('GET', '/api/announcements?active=false', { as: other.admin })
    expect(news.json.items).toEqual([])
    expect((await other.call('GET', '/api/specs/alpha')).status).toBe(404)
    expect((await other.call('GET', '/api/me', { as: one.admin })).status).toBe(401)
    const instanceOf = async ({ call }: typeof one) =>
      (await call('GET', '/health')).json.instanceId
    expect(await instanceOf(one)).not.toBe(await instanceOf(other))
    const exported = await other.call('GET', '/api/export', { as: other.admin })
    expect(exported.text).not.toContain('alpha')

    // One that is frozen, and one that waits for its units alone, holds nobody up in the other.
    expect((await one.call('POST', '/api/ops/freeze', { as: one.admin })).status).toBe(200)
    const body = { title: 'beta', body: '' }
    const refused = await one.call('POST', '/api/announcements', { as: one.admin, body })
    expect([refused.status, refused.json.code]).toEqual([503, 'frozen'])
    await useEverything(other, 'beta')
    expect((await one.call('POST', '/api/ops/thaw', { as: one.admin })).status).toBe(200)
    expect((await one.call('GET', '/api/specs?q=beta', { as: one.admin })).json.items).toEqual([])
  })

  it('hand their data on as an export', { timeout: 60_000 }, async ({ skip }) => {
    if (mode && !pgbouncer) skip('pgbouncer is not installed')
    const environment = {
      DATABASE_POOL_MAX: mode === 'session' ? '1' : String(pool),
      SECRET_KEYS: `k1:${'s'.repeat(40)}`,
    }
    const one = await startIn(url, 'export_from', environment)
    const other = await startIn(url, 'import_into', environment)
    await useEverything(one, 'gamma')
    await useEverything(other, 'delta')
    const wanted = await one.call('GET', '/api/export?include=history', { as: one.admin })
    const imported = await other.call('POST', '/api/import?mode=replace&safetyCopy=none', {
      as: other.admin,
      body: wanted.text,
      headers: {
        'content-type': 'application/json',
        'x-confirm-replace': (await other.call('GET', '/health')).json.instanceId,
      },
    })
    expect([imported.status, imported.text.slice(0, 200)]).toEqual([200, expect.any(String)])
    const admin = await other.login()
    const got = await other.call('GET', '/api/export?include=history', { as: admin })
    expect(withoutAudit(got.text)).toEqual(withoutAudit(wanted.text))
    const found = await other.call('GET', '/api/specs?q=gamma', { as: admin })
    expect(found.json.items).toHaveLength(2)
    expect((await other.call('GET', '/api/specs?q=delta', { as: admin })).json.items).toEqual([])
  })
})

describe('DATABASE_SCHEMA, and the parameters of addresses that mean the same', () => {
  it.each([
    ['', { DATABASE_SCHEMA: 'named' }],
    ['?schema=named', {}],
    ['?search_path=named,public', {}],
    ['?schema=other', { DATABASE_SCHEMA: 'named' }],
  ])('%s with %j: the tables are where they say', async (query, environment) => {
    const { url } = await createPostgres()
    const service = await startIn(`${url}${query}`, undefined, environment)
    expect(service.app.database.schema).toBe('named')
    const where = `select distinct schemaname from pg_tables where schemaname not like 'pg\\_%' and schemaname <> 'information_schema'`
    expect(await onServer(url, where)).toEqual([['named']])
    const { json } = await service.call('GET', '/api/ops/health', { as: service.admin })
    expect(json.database).toMatchObject({ schema: 'named' })
  })
})

describe('a service without a schema of its own', () => {
  it('is in public, wherever else names without a schema lead', { timeout: 60_000 }, async () => {
    const { url } = await createPostgres()
    await layDecoys(url)
    const service = await startIn(url, undefined)
    await useEverything(service, 'epsilon')
    const where = await onServer(
      url,
      `select schemaname from pg_tables where tablename = 'specs' order by 1`,
    )
    expect(where).toEqual([['decoy'], ['public']])
    expect(await onServer(url, 'select count(*)::int from public.specs')).toEqual([[2]])
  })

  it('would not be there without the names: the control', async () => {
    const { url } = await createPostgres()
    await layDecoys(url)
    await startIn(url, undefined)
    await expect(onServer(url, 'select id from users')).rejects.toMatchObject({ code: '42703' })
  })
})

const rejectionOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  )

describe('the migrations of a schema', () => {
  const inSchema = (url: string, schema: string, user?: { user: string; password: string }) => {
    const database = openDatabase(targetOf(url, { schema, ...user }), databaseOptions)
    onTestFinished(() => database.close())
    return database
  }

  /** A role that may connect, and nothing else. */
  async function createRole(url: string) {
    const user = `role_${crypto.randomUUID().slice(0, 8)}`
    await onServer(url, `create role ${user} login password 'secret'`)
    onTestFinished(async () => {
      await onServer(url, `drop owned by ${user}`, `drop role ${user}`)
    })
    return { user, password: 'secret' }
  }

  it('are counted for each schema alone', async () => {
    const { url } = await createPostgres()
    const [one, other] = [inSchema(url, 'one'), inSchema(url, 'other')]
    const { applied } = await migrate(one, migrations)
    expect(applied).toEqual(migrations.map(({ name }) => name))
    const states = async (database: typeof one) =>
      new Set((await migrationStatus(database, migrations)).map(({ state }) => state))
    expect(await states(one)).toEqual(new Set(['applied']))
    expect(await states(other)).toEqual(new Set(['pending']))
    expect((await migrate(other, migrations)).applied).toEqual(applied)
    expect((await migrate(one, migrations)).applied).toEqual([])
  })

  it('leave no schema behind when they are rehearsed', async () => {
    const { url } = await createPostgres()
    const report = await migrate(inSchema(url, 'rehearsed'), migrations, { dryRun: true })
    expect(report.pending).toEqual(migrations.map(({ name }) => name))
    const there = await onServer(url, `select 1 from pg_namespace where nspname = 'rehearsed'`)
    expect(there).toEqual([])
  })

  it('run at the same time, by four of each of two schemas, once in each', async () => {
    const { url } = await createPostgres()
    const reports = await Promise.all(
      ['a', 'b'].flatMap((schema) =>
        Array.from({ length: 4 }, () => migrate(inSchema(url, schema), migrations)),
      ),
    )
    expect(reports.filter(({ applied }) => applied.length > 0)).toHaveLength(2)
  })

  it('create it where the role may', async () => {
    const { url } = await createPostgres()
    const role = await createRole(url)
    await onServer(
      url,
      `grant create on database ${new URL(url).pathname.slice(1)} to ${role.user}`,
    )
    await migrate(inSchema(url, 'created', role), migrations)
    const owner = `select nspowner::regrole::text from pg_namespace where nspname = 'created'`
    expect(await onServer(url, owner)).toEqual([[role.user]])
  })

  it('say what to run where the role may not, and go on once that was done', async () => {
    const { url } = await createPostgres()
    const role = await createRole(url)
    const database = inSchema(url, 'Mine "own"', role)
    const error = await rejectionOf(migrate(database, migrations))
    expect(error).toMatchObject({ exitCode: 78 })
    const statement = /run: (.*)$/.exec((error as Error).message)?.[1] ?? ''
    expect(statement).toBe(`create schema "Mine ""own""" authorization "${role.user}"`)
    await onServer(url, statement)
    expect((await migrate(database, migrations)).applied).not.toEqual([])
  })

  it('need no right to create a schema that is there', async () => {
    const { url } = await createPostgres()
    const role = await createRole(url)
    await onServer(
      url,
      'create schema given',
      `grant usage, create on schema given to ${role.user}`,
    )
    // What IF NOT EXISTS would have done.
    const asRole = new URL(url)
    asRole.username = role.user
    asRole.password = role.password
    await expect(onServer(asRole.href, 'create schema if not exists given')).rejects.toMatchObject({
      code: '42501',
    })
    expect((await migrate(inSchema(url, 'given', role), migrations)).applied).not.toEqual([])
  })

  it('say which schema the role may create nothing in', async () => {
    const { url } = await createPostgres()
    const role = await createRole(url)
    await onServer(url, 'create schema closed', `grant usage on schema closed to ${role.user}`)
    const error = await rejectionOf(migrate(inSchema(url, 'closed', role), migrations))
    expect(error).toMatchObject({ exitCode: 78, message: expect.stringContaining('"closed"') })
  })

  it('leave the tables of other programs alone, and say so where the names are taken', async () => {
    const { url } = await createPostgres()
    const role = await createRole(url)
    await onServer(
      url,
      'create schema shared',
      `grant usage, create on schema shared to ${role.user}`,
      'create table shared.orders (id integer)',
    )
    await migrate(inSchema(url, 'shared', role), migrations)
    await onServer(url, 'create schema taken', 'create table taken.users (id integer)')
    const error = await rejectionOf(migrate(inSchema(url, 'taken'), migrations))
    expect(error).toMatchObject({
      exitCode: 78,
      message: expect.stringContaining('DATABASE_SCHEMA'),
    })
  })
})

describe('the locks of two schemas', () => {
  it('have no key in common', () => {
    const keysOf = (schema: string) => {
      const locks = createLocks(schema)
      return [
        locks.freeze,
        locks.migration,
        ...locks.keys([
          ['user', '1'],
          ['idempotency', 'k'],
          ['spec', 's'],
        ]),
      ]
    }
    const [one, other] = [keysOf('one'), keysOf('other')]
    expect(new Set([...one, ...other]).size).toBe(one.length + other.length)
    expect(keysOf('one')).toEqual(one)
  })

  it('are in public those of versions that knew no schemas, for these run beside it during a deploy', () => {
    const locks = createLocks('public')
    const former = (text: string) => createHash('sha256').update(text).digest().readBigInt64BE()
    expect(locks.freeze).toBe(former('holdfast\0freeze'))
    expect(locks.keys([['user', 'ada']])).toEqual([former('user\0ada')])
  })
})
