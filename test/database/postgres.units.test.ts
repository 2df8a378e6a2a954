import { eq, sql } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Database, Queryable, UnitOptions } from '../../src/database/database.ts'
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
  await seen`truncate settings, tallies, marks`
})

describe('units that name what they are alone on', () => {
  const units = trials || 640

  it('never overlap: 32 clients that count and then write get the right sum', async () => {
    const database = openTest(url, { poolMax: 8 })
    await countAndWrite(database, { alone: [['tally', 'one']] }, units)
    expect(await tally(database)).toBe(units)
  })

  it('get a wrong sum without the name', async () => {
    const database = openTest(url, { poolMax: 8 })
    await countAndWrite(database, {}, 640)
    expect(await tally(database)).toBeLessThan(640)
  })

  it('do not wait in a circle, however the names are ordered', async () => {
    const database = openTest(url, { poolMax: 8 })
    const names = ['a', 'b', 'c', 'd'].map((name) => ['user', name] as const)
    const ended = await Promise.all(
      Array.from({ length: 200 }, (_, i) => {
        const alone = i % 2 ? names : names.toReversed()
        return failureOf(database.unitOfWork({ alone: [...alone, alone[0]!] }, readAnything))
      }),
    )
    expect(ended.filter((error) => error !== undefined && kindOf(error) !== 'busy')).toEqual([])
  })

  it('are told apart by kind and name', async () => {
    const database = openTest(url)
    const first = hold(database, { alone: [['user', 'a']] })
    await first.begun
    await database.unitOfWork({ alone: [['users', 'a']] }, readAnything)
    await database.unitOfWork({ alone: [['user', 'b']] }, readAnything)
    first.end()
    await first.ended
  })

  it('end with a time-out when the name does not become free', async () => {
    const database = openTest(url, { queryTimeoutMs: 200 })
    const first = hold(database, { alone: [['user', 'a']], deadline: 'bulk' })
    await first.begun
    const error = await failureOf(database.unitOfWork({ alone: [['user', 'a']] }, readAnything))
    expect(error).toMatchObject({ kind: 'timeout', outcome: 'none' })
    first.end()
    await first.ended
    await database.unitOfWork({ alone: [['user', 'a']] }, readAnything)
  })
})

describe('frozen writes', () => {
  const freeze = (tx: Queryable) => tx.insert(settings).values({ key: 'frozen', value: 'now' })

  it('refuse units on every instance until they are thawed', async () => {
    const [one, two] = [openTest(url), openTest(url)]
    await one.unitOfWork({ exclusive: true }, freeze)
    for (const database of [one, two]) {
      const error = await failureOf(database.unitOfWork({}, readAnything))
      expect(error).toMatchObject({ kind: 'frozen', outcome: 'none' })
      expect(await database.db.select().from(settings)).toHaveLength(1)
    }
    await two.unitOfWork({ exclusive: true, evenFrozen: true }, (tx) => tx.delete(settings))
    await one.unitOfWork({}, readAnything)
  })

  it('begin after every unit that is running, and refuse those that come meanwhile', async () => {
    const [one, two] = [openTest(url), openTest(url)]
    const running = hold(two, {}, (tx) => tx.insert(settings).values({ key: 'late', value: '' }))
    await running.begun
    const found: unknown[] = []
    const exclusive = one.unitOfWork({ exclusive: true }, async (tx) => {
      found.push(...(await tx.select().from(settings)))
      await freeze(tx)
    })
    await pause(100)
    const refused = [one, two].map((database) =>
      failureOf(database.unitOfWork({ alone: [['a', 'b']] }, readAnything)),
    )
    for (const error of await Promise.all(refused)) expect(error).toMatchObject({ kind: 'frozen' })
    expect(found).toEqual([])
    running.end()
    await running.ended
    await exclusive
    expect(found).toEqual([{ key: 'late', value: '' }])
  })

  it('never let a unit through that began before and commits after', async () => {
    const [one, two] = [openTest(url), openTest(url)]
    for (let round = 0; round < (trials ? Math.ceil(trials / 20) : 20); round++) {
      let slips = 0
      const writers = Array.from({ length: 6 }, async (_, i) => {
        const database = i % 2 ? one : two
        for (;;) {
          const error = await failureOf(
            database.unitOfWork({}, async (tx) => {
              const frozen = await tx.select().from(settings).where(eq(settings.key, 'frozen'))
              if (frozen.length > 0) slips++
            }),
          )
          if (kindOf(error) === 'frozen') return
        }
      })
      await one.unitOfWork({ exclusive: true }, freeze)
      await Promise.all(writers)
      expect(slips).toBe(0)
      await one.unitOfWork({ exclusive: true, evenFrozen: true }, (tx) => tx.delete(settings))
    }
  })
})

describe('units that get into the way of each other', () => {
  it('are repeated after a deadlock', async () => {
    const database = openTest(url)
    const seen = observe(url)
    await seen`insert into tallies values ('a', 0), ('b', 0)`
    let runs = 0
    const both = (first: string, second: string) =>
      database.unitOfWork({}, async (tx) => {
        runs++
        await add(tx, first)
        await pause(100)
        await add(tx, second)
      })
    await Promise.all([both('a', 'b'), both('b', 'a')])
    expect(runs).toBeGreaterThan(2)
    expect(await seen`select value from tallies`).toMatchObject([{ value: 2 }, { value: 2 }])
  })

  it('lose nothing in a storm of them', async () => {
    const seen = observe(url)
    // The server looks for deadlocks after a second: that would make the storm a drizzle.
    await seen.unsafe(`alter database ${nameOf(url)} set deadlock_timeout = '20ms'`)
    const database = openTest(url, { poolMax: 16 })
    const rows = Array.from({ length: 10 }, (_, i) => `t${i}`)
    for (const name of rows) await seen`insert into tallies values (${name}, 0)`
    const count = trials || 600
    let next = 0
    const ended: Record<string, number> = {}
    await Promise.all(
      Array.from({ length: 32 }, async () => {
        while (next++ < count) {
          const [a, b] = [rows[random(10)]!, rows[random(10)]!]
          const error = await failureOf(
            database.unitOfWork({}, async (tx) => {
              await add(tx, a)
              await add(tx, b)
            }),
          )
          const outcome = error === undefined ? 'ok' : String(kindOf(error))
          ended[outcome] = (ended[outcome] ?? 0) + 1
        }
      }),
    )
    const [sum] = await seen`select sum(value)::int from tallies`
    expect(sum?.sum).toBe(2 * (ended.ok ?? 0))
    expect(Object.keys(ended).filter((kind) => !['ok', 'conflict', 'busy'].includes(kind))).toEqual(
      [],
    )
    if (trials) console.log('storm', ended)
  })

  it('wait for a row that somebody else locked, but not for long', async () => {
    const database = openTest(url)
    const seen = observe(url)
    await seen`insert into tallies values ('locked', 0)`
    await seen.begin(async (transaction) => {
      await transaction`select * from tallies where name = 'locked' for update`
      const startedAt = performance.now()
      const error = await failureOf(database.unitOfWork({}, (tx) => add(tx, 'locked')))
      expect(error).toMatchObject({ kind: 'busy', code: '55P03', outcome: 'none' })
      expect(performance.now() - startedAt).toBeLessThan(3000)
    })
  })
})

describe('deadlines', () => {
  const slow = sql`select pg_sleep(30)`

  it('end a read, and give its connection up', async () => {
    const database = openTest(url, { queryTimeoutMs: 200, poolMax: 1 })
    expect(await failureOf(database.db.execute(slow))).toMatchObject({ kind: 'timeout' })
    expect(await database.db.execute(sql`select 1`)).toEqual([[1]])
    await noneActive()
  })

  it('end a unit by its statements, alone or together, and leave nothing of it', async () => {
    const database = openTest(url, { queryTimeoutMs: 200 })
    const work = async (tx: Queryable) => {
      await tx.insert(settings).values({ key: 'timed', value: '' })
      for (let i = 0; i < 4; i++) await tx.execute(sql`select pg_sleep(0.15)`)
    }
    const error = await failureOf(database.unitOfWork({}, work))
    expect(error).toMatchObject({ kind: 'timeout', outcome: 'none' })
    await noneActive()
    expect(await database.db.select().from(settings)).toEqual([])
    await database.unitOfWork({ deadline: 'bulk' }, work)
    expect(await database.db.select().from(settings)).toHaveLength(1)
  })

  it('end a unit whose work waits for something else', async () => {
    const database = openTest(url, { queryTimeoutMs: 100 })
    const work = (tx: Queryable) =>
      tx
        .insert(settings)
        .values({ key: 'idle', value: '' })
        .then(() => pause(60_000))
    const error = await failureOf(database.unitOfWork({}, work))
    expect(error).toMatchObject({ kind: 'timeout', outcome: 'none' })
    expect(await database.db.select().from(settings)).toEqual([])
  })

  async function noneActive() {
    const seen = observe(url)
    await expect
      .poll(
        () => seen`select 1 from pg_stat_activity
        where application_name = 'under test' and state <> 'idle'`,
      )
      .toHaveLength(0)
  }
})

describe('durable commits', () => {
  it('are asked for where the server would not make them so by itself', async () => {
    const weak = observe(url)
    const name = nameOf(url)
    await weak.unsafe(`alter database ${name} set synchronous_commit = off`)
    try {
      const database = openTest(url)
      const inside = await database.unitOfWork({}, (tx) => tx.execute(sql`show synchronous_commit`))
      expect(inside).toEqual([['on']])
      // The control: outside of units it is what the server says.
      expect(await database.db.execute(sql`show synchronous_commit`)).toEqual([['off']])
    } finally {
      await weak.unsafe(`alter database ${name} reset synchronous_commit`)
    }
  })

  it('run at READ COMMITTED, whatever the default is', async () => {
    const database = openTest(url)
    const seen = observe(url)
    const name = nameOf(url)
    await seen.unsafe(`alter database ${name} set default_transaction_isolation = 'serializable'`)
    try {
      const inside = await database.unitOfWork({}, (tx) =>
        tx.execute(sql`show transaction_isolation`),
      )
      expect(inside).toEqual([['read committed']])
    } finally {
      await seen.unsafe(`alter database ${name} reset default_transaction_isolation`)
    }
  })
})

const nameOf = (address: string) => new URL(address).pathname.slice(1)

const readAnything = (tx: Queryable) => tx.select().from(settings).limit(1)

const kindOf = (error: unknown) => (error as { kind?: string } | undefined)?.kind

const random = (below: number) => Math.floor(Math.random() * below)

function add(tx: Queryable, name: string): Promise<unknown> {
  return tx.execute(sql`update tallies set value = value + 1 where name = ${name}`)
}

async function countAndWrite(database: Database, options: UnitOptions, count: number) {
  let next = 0
  const client = async () => {
    while (next++ < count) {
      await database.unitOfWork(options, async (tx) => {
        const [row] = await tx.execute<{}>(sql`select value from tallies where name = 'one'`)
        const value = Number((row as unknown as unknown[] | undefined)?.[0] ?? 0) + 1
        await tx.execute(sql`insert into tallies values ('one', ${value})
          on conflict (name) do update set value = excluded.value`)
      })
    }
  }
  await Promise.all(Array.from({ length: 32 }, client))
}

async function tally(database: Database): Promise<number> {
  const [row] = await database.db.execute(sql`select value from tallies where name = 'one'`)
  return Number((row as unknown as unknown[])[0])
}

/** A unit that goes on until it is told to end. */
function hold(
  database: Database,
  options: UnitOptions,
  work?: (tx: Queryable) => Promise<unknown>,
) {
  const begun = Promise.withResolvers<void>()
  const end = Promise.withResolvers<void>()
  const ended = database.unitOfWork(options, async (tx) => {
    await work?.(tx)
    begun.resolve()
    await end.promise
  })
  return { begun: begun.promise, ended, end: end.resolve }
}
