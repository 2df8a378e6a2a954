import postgres from 'postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import { examine, expectHealthy, follow } from './doctor.fixture.ts'
import { password, startServer, user } from './server.fixture.ts'

let server: Awaited<ReturnType<typeof startServer>>

beforeAll(async () => {
  server = await startServer(['-c', 'max_connections=20'])
  await server.letIn(`host all ${user} 127.0.0.1/32 scram-sha-256`)
})

describe('a PostgreSQL that lets the user in', () => {
  it('is well everywhere, and every step says so', async () => {
    const { findings } = await expectHealthy(server.address())
    expect(findings.map(({ step }) => step)).toEqual([
      'address',
      'dns',
      'tcp',
      'server',
      'tls',
      'login',
      'database',
      'version',
      'schema',
      'pooler',
      'limits',
      'latency',
      'clock',
      'durability',
      'migrations',
      'provider',
    ])
  })
})

describe('a login that fails', () => {
  it('names a wrong password, and passes with the right one', async () => {
    const wrong = server.address().replace(encodeURIComponent(password), 'canary-old')
    const { failed } = await examine(wrong)
    expect(failed).toMatchObject([{ step: 'login', says: expect.stringContaining('password') }])
    expect(failed[0]!.leftOut).toContain('migrations')
    expect(failed[0]!.remedy).toContain('Percent-encode')
    await expectHealthy(server.address())
  })

  it('names a missing password', async () => {
    const { failed } = await examine(server.address().replace(/:[^:@]+@/, '@'))
    expect(failed).toMatchObject([{ step: 'login', says: expect.stringContaining('holds none') }])
    await expectHealthy(follow(failed[0]))
  })

  it('names a wrong database, which others there are, and the address of the right one', async () => {
    const { failed } = await examine(server.address({ database: 'Shop' }))
    expect(failed).toMatchObject([{ step: 'database', says: expect.stringContaining('shop') }])
    expect(failed[0]!.leftOut).toContain('schema')
    await expectHealthy(follow(failed[0]))
  })

  it('gives the statement that creates a database that is not there', async () => {
    const { failed } = await examine(server.address({ database: 'stall' }))
    await server.owner.unsafe(failed[0]!.statement!)
    await server.owner.unsafe(`alter database stall owner to ${user}`)
    await expectHealthy(server.address({ database: 'stall' }))
  })

  it('names a database that is closed to the user', async () => {
    await server.owner.unsafe('create database closed')
    await server.owner.unsafe('revoke connect on database closed from public')
    const { failed } = await examine(server.address({ database: 'closed' }))
    expect(failed).toMatchObject([{ step: 'database', says: expect.stringContaining('may not') }])
    await server.owner.unsafe(failed[0]!.statement!)
    const after = await examine(server.address({ database: 'closed' }))
    expect(after.step('database')).toMatchObject({ ok: true })
  })

  it('names a server that lets nobody in from here, and what it wants', async () => {
    await server.letIn(`host all ${user} 203.0.113.0/24 scram-sha-256`)
    const { failed } = await examine(server.address())
    expect(failed).toMatchObject([{ step: 'login', remedy: expect.stringContaining('pg_hba') }])
    await server.letIn(`host all ${user} 127.0.0.1/32 scram-sha-256`)
    await expectHealthy(server.address())
  })

  it('names a server without a free connection, as one that is only away', async () => {
    const others = await Promise.all(
      Array.from({ length: 16 }, async () => {
        const sql = postgres(server.address(), { max: 1, idle_timeout: 0 })
        await sql`select 1`
        return sql
      }),
    )
    const { failed } = await examine(server.address())
    expect(failed).toMatchObject([
      { step: 'login', away: true, says: expect.stringContaining('no connection left') },
    ])
    await Promise.all(others.map((sql) => sql.end()))
    await expectHealthy(server.address())
  })
})

describe('the rights of the user', () => {
  it('names the schema without rights, and the statement that gives them', async () => {
    await server.owner.unsafe('create database rented')
    const address = server.address({ database: 'rented' })
    const { failed } = await examine(address)
    expect(failed).toMatchObject([{ step: 'schema', says: expect.stringContaining('public') }])
    const owner = postgres(address, { username: 'postgres', password: 'postgres', max: 1 })
    await owner.unsafe(failed[0]!.statement!)
    await owner.end()
    await expectHealthy(address)
  })

  it('names a schema that is not there and may not be made, and the statement that makes it', async () => {
    await server.owner.unsafe('create database shared')
    const address = server.address({ database: 'shared' })
    const { failed } = await examine(address, { DATABASE_SCHEMA: 'stall_7' })
    expect(failed).toMatchObject([{ step: 'schema', says: expect.stringContaining('stall_7') }])
    const owner = postgres(address, { username: 'postgres', password: 'postgres', max: 1 })
    await owner.unsafe(failed[0]!.statement!)
    await owner.end()
    await expectHealthy(address, { DATABASE_SCHEMA: 'stall_7' })
    await expectHealthy(`${address}?schema=stall_7`)
  })

  it('says that a schema which may be made will be', async () => {
    const { step } = await expectHealthy(server.address(), { DATABASE_SCHEMA: 'stall_8' })
    expect(step('schema')!.says).toContain('will be created')
    const schemas = server.owner`select 1 from pg_namespace where nspname = 'stall_8'`
    expect(await schemas).toHaveLength(0)
  })

  it('names the tables of another role', async () => {
    await server.owner.unsafe('create database inherited')
    const address = server.address({ database: 'inherited' })
    const owner = postgres(address, { username: 'postgres', password: 'postgres', max: 1 })
    await owner.unsafe(`grant usage, create on schema public to ${user}`)
    await owner.unsafe('create role former; create table holdfast_migrations (name text)')
    await owner.unsafe('alter table holdfast_migrations owner to former')
    const { step } = await examine(address)
    expect(step('schema')).toMatchObject({ ok: false, says: expect.stringContaining('former') })
    await owner.unsafe(step('schema')!.statement!)
    expect((await examine(address)).step('schema')).toMatchObject({ ok: true })
    await owner.end()
  })
})

describe('what the server holds ready', () => {
  it('counts the connections of others, too', async () => {
    const { port } = server
    const options = { port, host: '127.0.0.1', username: 'postgres', password: 'postgres' }
    const others = postgres({ ...options, database: 'postgres', max: 6 })
    await Promise.all(Array.from({ length: 6 }, () => others`select pg_sleep(0.05)`))
    const { step } = await examine(server.address())
    const [, used] = /used (\d+)/.exec(step('limits')!.says) ?? []
    expect(Number(used)).toBeGreaterThanOrEqual(7)
    await others.end()
  })

  it('names a pool that is larger than the room, and the size that fits', async () => {
    const { failed } = await examine(server.address(), { DATABASE_POOL_MAX: '50' })
    expect(failed).toMatchObject([{ step: 'limits', says: expect.stringContaining('pool of 50') }])
    const [setting] = /DATABASE_POOL_MAX=\d+/.exec(failed[0]!.remedy!) ?? []
    const [, size] = setting!.split('=')
    await expectHealthy(server.address(), { DATABASE_POOL_MAX: size! })
  })

  it('names a read-only database, and the statement that opens it', async () => {
    await server.owner.unsafe('alter database shop set default_transaction_read_only = on')
    const { failed } = await examine(server.address())
    expect(failed).toMatchObject([{ step: 'database', says: expect.stringContaining('read-only') }])
    await server.owner.unsafe(failed[0]!.statement!)
    await expectHealthy(server.address())
  })

  it('names fsync that is off', async () => {
    await server.owner.unsafe('alter system set fsync = off')
    await server.letIn(`host all ${user} 127.0.0.1/32 scram-sha-256`)
    const { failed } = await examine(server.address())
    expect(failed).toMatchObject([{ step: 'durability', says: expect.stringContaining('fsync') }])
    await server.owner.unsafe(failed[0]!.statement!)
    await server.letIn(`host all ${user} 127.0.0.1/32 scram-sha-256`)
    await expectHealthy(server.address())
  })
})
