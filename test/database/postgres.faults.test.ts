import { eq, sql } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Queryable } from '../../src/database/database.ts'
import { openPostgres } from '../../src/database/postgres/postgres.ts'
import { postgresTables } from '../../src/database/tables/postgres.ts'
import { createPostgres } from '../support/databases.ts'
import {
  createTables,
  defaults,
  failureOf,
  observe,
  openTest,
  pause,
  targetOf,
  trials,
} from './postgres.fixture.ts'
import { listen, startProxy, type Fault } from './postgres.proxy.ts'

const { settings } = postgresTables
let url: string

beforeAll(async () => {
  url = (await createPostgres()).url
  const database = openPostgres(targetOf(url), defaults)
  await createTables(database)
  await database.close()
})

beforeEach(async () => {
  const seen = observe(url)
  await seen`truncate settings, marks`
})

/** As a message of its own: the word stands in others too. */
const commit = /^Q\0\0\0.commit\0/s

const add = (tx: Queryable, key: string) => tx.insert(settings).values({ key, value: '' })

const kill = (tx: Queryable) =>
  failureOf(tx.execute(sql`select pg_terminate_backend(pg_backend_pid())`))

const killOthers = `select pg_terminate_backend(pid) from pg_stat_activity
  where application_name = 'under test' and pid <> pg_backend_pid()`

describe('a connection that is lost', () => {
  it('ends its unit whole, and no statement of it runs on another connection', async () => {
    const database = openTest(url)
    const later: unknown[] = []
    const error = await failureOf(
      database.unitOfWork({}, async (tx) => {
        await add(tx, 'before')
        await kill(tx)
        later.push(await failureOf(add(tx, 'after')))
        later.push(await failureOf(tx.execute(sql`commit`)))
      }),
    )
    expect(error).toMatchObject({ kind: 'unavailable', outcome: 'none' })
    expect(later).toMatchObject([{ kind: 'unavailable' }, { kind: 'unavailable' }])
    expect(await database.db.select().from(settings)).toEqual([])
  })

  it('ends every statement that was started together on it, sent or not', async () => {
    const database = openTest(url)
    const answers: unknown[] = []
    await failureOf(
      database.unitOfWork({}, async (tx) => {
        // The driver holds back what follows a statement with parameters that it sees for the first time.
        const work = [kill(tx), ...['a', 'b', 'c'].map((key) => failureOf(add(tx, key)))]
        answers.push(...(await Promise.all(work)))
      }),
    )
    expect(answers).toHaveLength(4)
    for (const answer of answers) expect(answer).toMatchObject({ kind: 'unavailable' })
    await pause(100)
    expect(await database.db.select().from(settings)).toEqual([])
  })

  it('is not noticed by anybody when it was idle', async () => {
    const database = openTest(url)
    const seen = observe(url)
    for (let round = 0; round < (trials ? Math.ceil(trials / 20) : 20); round++) {
      await Promise.all(Array.from({ length: 3 }, () => database.db.execute(sql`select 1`)))
      await seen.unsafe(killOthers)
      if (round % 2) await database.db.execute(sql`select 1`)
      else await database.unitOfWork({}, (tx) => tx.select().from(settings))
    }
    expect(database.pool()).toMatchObject({ inUse: 0, waiting: 0, timeouts: 0 })
  })

  it('is replaced for a read that was running on it', async () => {
    const database = openTest(url)
    const seen = observe(url)
    const read = database.db.execute(sql`select pg_sleep(0.3)::text, 7`)
    await pause(100)
    await seen.unsafe(killOthers)
    expect(await read).toEqual([['', 7]])
  })
})

describe('a unit whose COMMIT got no answer', () => {
  const faults: [Fault, number][] = [
    ['cut', 0],
    ['swallow', 0],
    ['forward then cut', 1],
    ['forward then swallow', 1],
  ]

  it.each(faults)('has an unknown outcome: %s', async (fault, rows) => {
    const proxy = await startProxy(targetOf(url).port)
    const database = openTest(url, { queryTimeoutMs: 400 }, { port: proxy.port })
    proxy.strike(fault, commit)
    const times = trials ? Math.ceil(trials / (fault.endsWith('cut') ? 20 : 200)) : 2
    for (let i = 0; i < times; i++) {
      const error = await failureOf(database.unitOfWork({}, (tx) => add(tx, `k${i}`)))
      expect(error).toMatchObject({ outcome: 'unknown' })
      proxy.strike('none')
      const found = await database.db
        .select()
        .from(settings)
        .where(eq(settings.key, `k${i}`))
      expect(found).toHaveLength(rows)
      proxy.strike(fault, commit)
    }
  })

  it.each<Fault>(['cut', 'swallow', 'forward then cut', 'forward then swallow'])(
    'has none when it was cut off before: %s',
    async (fault) => {
      const proxy = await startProxy(targetOf(url).port)
      const database = openTest(url, { queryTimeoutMs: 400 }, { port: proxy.port })
      await database.open()
      proxy.strike(fault, /insert/)
      const error = await failureOf(database.unitOfWork({}, (tx) => add(tx, 'k')))
      expect(error).toMatchObject({ outcome: 'none' })
      proxy.strike('none')
      expect(await database.db.select().from(settings)).toEqual([])
    },
  )
})

describe('a network that swallows everything', () => {
  it('keeps nobody waiting, and is forgotten as soon as it is over', async () => {
    const proxy = await startProxy(targetOf(url).port)
    const options = { queryTimeoutMs: 500, connectTimeoutMs: 500, poolMax: 4 }
    const database = openTest(url, options, { port: proxy.port })
    for (let round = 0; round < (trials ? Math.ceil(trials / 200) : 2); round++) {
      await database.db.execute(sql`select 1`)
      proxy.strike('swallow')
      const startedAt = performance.now()
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, i) =>
          failureOf(
            i % 2
              ? database.db.execute(sql`select ${i}::int`)
              : database.unitOfWork({}, (tx) => add(tx, `b${i}`)),
          ),
        ),
      )
      for (const answer of answers) {
        expect(answer).toMatchObject({
          kind: expect.stringMatching(/^(timeout|unavailable|busy)$/),
        })
      }
      expect(performance.now() - startedAt).toBeLessThan(4000)
      expect(database.lastOutcome()?.ok).toBe(false)
      proxy.strike('none')
      await pause(120)
      expect(await database.db.execute(sql`select 1`)).toEqual([[1]])
      expect(database.pool()).toMatchObject({ inUse: 0, waiting: 0 })
    }
  })
})

describe('a server that is none', () => {
  const ask = async (port: number, ssl: 'disable' | 'require', ms: number) => {
    const database = openTest(url, { connectTimeoutMs: 300 }, { port, ssl })
    const until = performance.now() + ms
    const kinds = new Set<unknown>()
    const client = async () => {
      while (performance.now() < until) {
        const error = await failureOf(database.db.execute(sql`select 1`))
        kinds.add((error as { kind?: string } | undefined)?.kind)
        await pause(1)
      }
    }
    await Promise.all(Array.from({ length: 10 }, client))
    return { database, kinds }
  }

  it.each(['disable', 'require'] as const)(
    'ends each connection at once: told so at once, and is left in peace (ssl %s)',
    async (ssl) => {
      const server = await listen((socket) => socket.end())
      const { kinds } = await ask(server.port, ssl, 1000)
      expect([...kinds]).toEqual(['unavailable'])
      expect(server.accepted()).toBeLessThanOrEqual(5 + 10)
    },
  )

  it.each(['disable', 'require'] as const)(
    'says nothing: given up after the time to connect (ssl %s)',
    async (ssl) => {
      const server = await listen((socket) => socket.resume())
      const { kinds, database } = await ask(server.port, ssl, 1000)
      expect([...kinds]).toEqual(['unavailable'])
      expect(server.accepted()).toBeLessThanOrEqual(5 + 3)
      expect(database.pool().open).toBe(0)
    },
  )

  it('answers with something else', async () => {
    const server = await listen((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'))
    const { kinds } = await ask(server.port, 'disable', 500)
    expect([...kinds]).toEqual(['unavailable'])
  })
})
