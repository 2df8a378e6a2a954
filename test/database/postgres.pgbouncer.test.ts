import { connect } from 'node:net'
import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import type { DatabaseError } from '../../src/database/database.errors.ts'
import { openPostgres } from '../../src/database/postgres/postgres.ts'
import { postgresTables } from '../../src/database/tables/postgres.ts'
import { startIn, useEverything, type SchemaService } from './schema.fixture.ts'
import { listen } from './postgres.proxy.ts'
import { createPostgres } from '../support/databases.ts'
import { pgbouncer, startPgBouncer } from '../support/pgbouncer.ts'
import {
  createTables,
  defaults,
  failureOf,
  observe,
  openTest,
  targetOf,
  trials,
} from './postgres.fixture.ts'

const { settings } = postgresTables
const clients = 16

// Where pgbouncer is not installed there is no transaction pooler to try: `apt-get install pgbouncer`.
describe.skipIf(!pgbouncer)('PostgreSQL behind PgBouncer', () => {
  let direct: string
  let pooled: string
  const stops: (() => Promise<void>)[] = []

  const start = async (mode: 'transaction' | 'session') => {
    const pooler = await startPgBouncer({ url: direct, mode, poolSize: 2 })
    stops.push(() => pooler.stop())
    return pooler.url
  }

  beforeAll(async () => {
    direct = (await createPostgres()).url
    pooled = await start('transaction')
    const database = openPostgres(targetOf(pooled), defaults)
    await createTables(database)
    await database.close()
  })
  afterAll(async () => {
    for (const stop of stops) await stop()
  })

  it('finds out that it is a transaction pooler, and prepares nothing', async () => {
    const database = openTest(pooled)
    await database.open()
    expect(await database.describe()).toMatchObject({ pooler: true })
    for (let i = 0; i < 20; i++)
      await database.db
        .select()
        .from(settings)
        .limit(i + 1)
    const prepared = sql`select statement from pg_prepared_statements where statement <> ''`
    expect(await database.db.execute(prepared)).toEqual([])
  })

  it('answers every read and unit through a pool of two', async () => {
    const database = openTest(pooled, { poolMax: 8 })
    const count = trials || 1000
    const ended = await mixedLoad(database, count)
    expect(ended).toEqual({ ok: count })
    const seen = observe(direct)
    const [locks] = await seen`select count(*)::int from pg_locks where locktype = 'advisory'`
    expect(locks).toEqual({ count: 0 })
    const [sum] = await seen`select value from settings where key = 'counter'`
    expect(Number(sum?.value)).toBe(Math.floor(count / 4))
  })

  it('hangs or fails with named statements, as it would without the question', async () => {
    const database = openTest(pooled, { poolMax: 8, poolMode: 'direct', queryTimeoutMs: 1000 })
    const ended = await mixedLoad(database, 200)
    expect(ended.ok ?? 0).toBeLessThan(200)
  })

  it('names statements in session mode when told that it is one', async () => {
    const database = openTest(await start('session'), { poolMax: 2, poolMode: 'session' })
    expect(await mixedLoad(database, 200)).toEqual({ ok: 200 })
  })

  it('asks in one round trip, though nothing is named; the driver itself would take two: the control', async () => {
    let rounds = 0
    const { port } = await listen((client) => {
      const behind = connect(targetOf(pooled).port, '127.0.0.1')
      behind.on('error', () => client.destroy()).on('close', () => client.destroy())
      client.on('close', () => behind.destroy())
      client.on('data', (bytes: Buffer) => {
        rounds++
        behind.write(bytes)
      })
      behind.on('data', (bytes) => client.write(bytes))
    })
    const database = openTest(pooled, { poolMax: 1 }, { port })
    await database.open()
    const ask = (key: string) =>
      database.db.select().from(settings).where(eq(settings.key, key)).limit(1)
    await ask('first')
    rounds = 0
    expect(await ask('none')).toEqual([])
    expect(rounds).toBe(1)

    const driver = observe(pooled.replace(/:\d+\//, `:${port}/`))
    const text = 'select key, value from public.settings where key = $1 limit 1'
    await driver.unsafe(text, ['first'])
    rounds = 0
    await driver.unsafe(text, ['none'])
    expect(rounds).toBe(2)
  })

  it.each([
    { mode: 'transaction', own: 5 },
    { mode: 'session', own: 1 },
  ] as const)(
    'serves all there is through one connection in $mode mode, and leaves nothing on it',
    { timeout: 60_000 },
    async ({ mode, own }) => {
      const { url } = await createPostgres()
      const pooler = await startPgBouncer({ url, mode, poolSize: 1 })
      stops.push(() => pooler.stop())
      const service = await startIn(pooler.url, undefined, { DATABASE_POOL_MAX: String(own) })
      const before = await readSession(service)
      await useEverything(service, 'pooled')
      expect(await readSession(service)).toEqual(before)
      const { database } = (await service.call('GET', '/api/ops/health', { as: service.admin }))
        .json
      expect(database).toMatchObject({ pooler: true, tls: 'plain' })
    },
  )

  it('goes on by itself when the pooler was restarted', async () => {
    const pooler = await startPgBouncer({ url: direct, mode: 'transaction', poolSize: 2 })
    stops.push(() => pooler.stop())
    const database = openTest(pooler.url)
    expect(await mixedLoad(database, 50)).toEqual({ ok: 50 })
    await pooler.restart()
    expect(await mixedLoad(database, 50)).toEqual({ ok: 50 })
  })
})

/** What the session of the connection to the server has of its own: settings, statements, locks, tables. */
function readSession({ app }: SchemaService): Promise<unknown> {
  return app.database.db.execute(sql`
    select pg_backend_pid(), (select json_agg(name order by name) from pg_settings where source = 'session')::text,
      (select count(*) from pg_prepared_statements where statement <> ''), pg_my_temp_schema(),
      (select count(*) from pg_locks where locktype = 'advisory')`)
}

/** How so many reads and units, by several clients at once, ended. */
async function mixedLoad(database: Database, count: number): Promise<Record<string, number>> {
  const ended: Record<string, number> = {}
  let next = 0
  const client = async () => {
    while (next < count) {
      const n = next++
      const error = await failureOf(one(database, n))
      const outcome = error === undefined ? 'ok' : ((error as DatabaseError).kind ?? 'other')
      ended[outcome] = (ended[outcome] ?? 0) + 1
    }
  }
  await Promise.all(Array.from({ length: clients }, client))
  return ended
}

function one(database: Database, n: number): Promise<unknown> {
  if (n % 4 !== 3) {
    return database.db
      .select()
      .from(settings)
      .where(eq(settings.key, `k${n % 7}`))
  }
  return database.unitOfWork({ alone: [['setting', 'counter']] }, async (tx) => {
    const [found] = await tx.select().from(settings).where(eq(settings.key, 'counter'))
    const value = String(Number(found?.value ?? 0) + 1)
    await tx
      .insert(settings)
      .values({ key: 'counter', value })
      .onConflictDoUpdate({ target: settings.key, set: { value: sql`excluded.value` } })
  })
}
