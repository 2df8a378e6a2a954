import { sql } from 'drizzle-orm'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import { openPostgres } from '../../src/database/postgres/postgres.ts'
import { createPostgres } from '../support/databases.ts'
import {
  createTables,
  defaults,
  failureOf,
  observe,
  openTest,
  pause,
  targetOf,
} from './postgres.fixture.ts'

let url: string

beforeAll(async () => {
  url = (await createPostgres()).url
  const database = openPostgres(targetOf(url), defaults)
  await createTables(database)
  await database.close()
})

const sleep = (seconds: number) => sql`select pg_sleep(${seconds}::float8)::text`

/** How many connections the server knows of. */
async function backends(): Promise<number> {
  const seen = observe(url)
  const [row] = await seen`select count(*)::int from pg_stat_activity
    where application_name = 'under test' and datname = current_database()`
  return Number(row?.count)
}

describe('a pool of five with two hundred units that take two seconds', () => {
  it('answers each, or says that it is busy, in time; and counts rightly meanwhile', async () => {
    const database = openTest(url, { poolMax: 5, queryTimeoutMs: 5000 })
    const startedAt = performance.now()
    const units = Array.from({ length: 200 }, async () => {
      const error = await failureOf(database.unitOfWork({}, (tx) => tx.execute(sleep(2))))
      return { error, ms: performance.now() - startedAt }
    })
    await pause(500)
    expect(database.pool()).toEqual({
      max: 5,
      open: 5,
      inUse: 5,
      waiting: 50,
      timeouts: 145,
      tls: 'plain',
    })
    expect(await backends()).toBe(5)
    const probedAt = performance.now()
    await database.probe()
    expect(performance.now() - probedAt).toBeLessThan(1000)

    const ended = await Promise.all(units)
    const done = ended.filter(({ error }) => error === undefined)
    const refused = ended.filter(({ error }) => error !== undefined)
    // Those who waited just long enough for the first five are served too.
    expect(done.length).toBeGreaterThanOrEqual(5)
    expect(done.length).toBeLessThanOrEqual(10)
    for (const { error, ms } of refused) {
      expect(error).toMatchObject({ kind: 'busy', outcome: 'none' })
      expect(ms).toBeLessThan(2500)
    }
    expect(database.pool()).toEqual({
      max: 5,
      open: 5,
      inUse: 0,
      waiting: 0,
      timeouts: 200 - done.length,
      tls: 'plain',
    })
  })

  it('serves who waits in order', async () => {
    const database = openTest(url, { poolMax: 1 })
    const order: number[] = []
    const read = async (n: number) => {
      await database.db.execute(sleep(0.01))
      order.push(n)
    }
    await Promise.all([0, 1, 2, 3, 4, 5].map(read))
    expect(order).toEqual([0, 1, 2, 3, 4, 5])
  })
})

describe('a server that has fewer connections left than the pool may have', () => {
  it('is shared: those who find none wait for one of the pool', async () => {
    const seen = observe(url)
    const role = `few_${new URL(url).pathname.slice(1)}`
    await seen.unsafe(`create role ${role} login password 'few' connection limit 2`)
    const database = openTest(url, { poolMax: 8 }, { user: role, password: 'few' })
    const ended = await Promise.all(
      Array.from({ length: 24 }, () => failureOf(database.db.execute(sleep(0.05)))),
    )
    expect(ended.filter((error) => error !== undefined)).toEqual([])
    expect(database.pool().open).toBeLessThanOrEqual(2)
    await database.close()
    await seen.unsafe(`drop role ${role}`)
  })
})

describe('connections that are not needed', () => {
  it('are closed after the idle time, and those that are needed stay', async () => {
    const database = openTest(url, { poolMax: 4, idleTimeoutMs: 200 })
    await Promise.all([1, 2, 3, 4].map(() => database.db.execute(sleep(0.05))))
    expect(database.pool().open).toBe(4)
    for (let i = 0; i < 8; i++) {
      await database.db.execute(sql`select 1`)
      await pause(50)
    }
    expect(database.pool().open).toBe(1)
    await expect.poll(backends).toBe(1)
    await expect.poll(() => database.pool().open).toBe(0)
    await expect.poll(backends).toBe(0)
    await database.db.execute(sql`select 1`)
  })

  it('are closed when they are old, between two requests', async () => {
    const database = openTest(url, { poolMax: 1, maxLifetimeMs: 100 })
    const seen = new Set<unknown>()
    for (let i = 0; i < 20; i++) {
      const [row] = await database.db.execute(sql`select pg_backend_pid()`)
      seen.add((row as unknown as unknown[])[0])
      await pause(20)
    }
    expect(seen.size).toBeGreaterThanOrEqual(3)
    expect(seen.size).toBeLessThan(8)
  })
})

describe('closing', () => {
  const opened = () => {
    const database: Database = openPostgres(targetOf(url), defaults)
    onTestFinished(() => database.close())
    return database
  }

  it('waits for what is running, and refuses what comes', async () => {
    const database = opened()
    const running = database.unitOfWork({}, (tx) => tx.execute(sleep(0.3)))
    await pause(100)
    const closed = database.close()
    expect(await failureOf(database.db.execute(sql`select 1`))).toMatchObject({
      kind: 'unavailable',
      outcome: 'none',
    })
    await closed
    expect(await running).toEqual([['']])
    await expect.poll(backends).toBe(0)
  })

  it('ends what takes too long', async () => {
    const database = opened()
    const running = failureOf(
      database.unitOfWork({ deadline: 'bulk' }, (tx) => tx.execute(sleep(60))),
    )
    await pause(100)
    const startedAt = performance.now()
    await database.close()
    expect(await running).toMatchObject({ kind: 'unavailable', outcome: 'none' })
    expect(performance.now() - startedAt).toBeLessThan(6500)
  })
})

describe('slow statements', () => {
  it('are logged without their parameters', async () => {
    const lines: [object, string][] = []
    const log = {
      ...defaults.log,
      warn: (details: object, text: string) => void lines.push([details, text]),
    }
    const database = openTest(url, { slowQueryMs: 100, log })
    await database.db.execute(sql`select ${'secret'}::text`)
    await database.db.execute(sql`select ${'secret'}::text, pg_sleep(0.15)::text`)
    expect(lines).toEqual([
      [{ sql: 'select $1::text, pg_sleep(0.15)::text', ms: expect.any(Number) }, 'slow query'],
    ])
  })
})

describe('the evidence of health', () => {
  it('turns with real traffic, and not with the mistakes of a request', async () => {
    const database = openTest(url, { queryTimeoutMs: 100 })
    const turns: boolean[] = []
    database.onOutcomeChange((ok) => turns.push(ok))
    expect(database.lastOutcome()).toBeUndefined()
    await database.db.execute(sql`select 1`)
    await failureOf(database.db.execute(sql`select 1/0`))
    expect(database.lastOutcome()).toMatchObject({ ok: true })
    await failureOf(database.db.execute(sleep(5)))
    expect(database.lastOutcome()).toMatchObject({ ok: false, error: 'timeout' })
    await database.probe()
    expect(database.lastOutcome()).toMatchObject({ ok: true })
    expect(turns).toEqual([true, false, true])
  })
})
