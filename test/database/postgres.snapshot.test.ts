import { asc, sql } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Database, Queryable } from '../../src/database/database.ts'
import { openPostgres } from '../../src/database/postgres/postgres.ts'
import { postgresTables } from '../../src/database/tables/postgres.ts'
import { registry } from '../../src/portability/registry.ts'
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

const { settings } = postgresTables
let url: string

beforeAll(async () => {
  url = (await createPostgres()).url
  const database = openPostgres(targetOf(url), defaults)
  await createTables(database)
  await database.close()
})

/** Two rows that are equal at every instant. */
const write = (database: Database, value: string) =>
  database.unitOfWork({}, async (tx) => {
    for (const key of ['a', 'b']) {
      await tx
        .insert(settings)
        .values({ key, value })
        .onConflictDoUpdate({ target: settings.key, set: { value } })
    }
  })

const read = (from: Queryable) => from.select().from(settings).orderBy(asc(settings.key))

describe('a snapshot on PostgreSQL', () => {
  it('shows the state of its first moment for as long as it takes', async () => {
    const database = openTest(url)
    await write(database, 'before')
    const seen = await database.snapshot(async (snapshot) => {
      await write(database, 'after')
      const found = [await read(snapshot)]
      await write(database, 'later')
      return [...found, await read(snapshot)]
    })
    const before = [
      { key: 'a', value: 'before' },
      { key: 'b', value: 'before' },
    ]
    expect(seen).toEqual([before, before])
  })

  it('is of one instant under writes, as two reads are not', async () => {
    const database = openTest(url)
    const stop = new AbortController()
    const writer = (async () => {
      for (let i = 0; !stop.signal.aborted; i++) await write(database, String(i))
    })()
    const pair = async (from: Queryable) => {
      const [a] = await from
        .select()
        .from(settings)
        .where(sql`key = 'a'`)
      await pause(5)
      const [b] = await from
        .select()
        .from(settings)
        .where(sql`key = 'b'`)
      return a!.value === b!.value
    }
    const snapshots: boolean[] = []
    const reads: boolean[] = []
    for (let i = 0; i < 20; i++) {
      snapshots.push(await database.snapshot(pair))
      reads.push(await pair(database.db))
    }
    stop.abort()
    await writer
    expect(snapshots).not.toContain(false)
    expect(reads).toContain(false)
  })

  it('writes nothing, and ends with its work', async () => {
    const database = openTest(url, { poolMax: 2 })
    let leaked: Queryable | undefined
    const error = await failureOf(
      database.snapshot((snapshot) => {
        leaked = snapshot
        return snapshot.insert(settings).values({ key: 'c', value: '' })
      }),
    )
    expect(error).toMatchObject({ kind: 'readonly', code: '25006' })
    expect(String(await failureOf(read(leaked!)))).toMatch('has ended')
    const seen = observe(url)
    expect(
      await seen`select 1 from pg_stat_activity
      where application_name = 'under test' and state like 'idle in%'`,
    ).toHaveLength(0)
    expect(database.pool()).toMatchObject({ inUse: 0 })
  })

  it('is one at a time; the next waits, and is refused after a while', async () => {
    const database = openTest(url)
    const end = Promise.withResolvers<void>()
    const first = database.snapshot(() => end.promise)
    expect(await failureOf(database.snapshot(read))).toMatchObject({ kind: 'busy' })
    expect(database.pool().inUse).toBe(1)
    const next = database.snapshot(async () => 'next')
    end.resolve()
    await first
    expect(await next).toBe('next')
  })
})

describe('a snapshot that nobody reads any more', () => {
  it('ends its statement, its transaction and its connection soon', async () => {
    const database = openTest(url)
    const seen = observe(url)
    const error = await failureOf(
      database.snapshot(async (snapshot) => {
        const statement = failureOf(snapshot.execute(sql`select pg_sleep(30)`))
        await pause(50)
        await Promise.race([statement, Promise.reject(new Error('the reader left'))])
      }),
    )
    expect(String(error)).toMatch('the reader left')
    await expect
      .poll(
        () => seen`select 1 from pg_stat_activity
        where application_name = 'under test' and (state = 'active' or state like 'idle in%')`,
      )
      .toHaveLength(0)
    expect(database.pool()).toMatchObject({ inUse: 0 })
  })
})

describe('a migration on PostgreSQL', () => {
  it('leaves all of it or nothing, and names the tables, without the ledger', async () => {
    const database = openTest(url)
    const own = [...registry.map(({ name }) => name), 'marks', 'tallies'].sort()
    const rehearsed = await database.migration(async ({ execute, tables }) => {
      await execute(
        'create table holdfast_migrations (name text); create table extra (id text)',
        [],
      )
      await execute('insert into extra values ($1)', ['one'])
      return { commit: false, result: await tables() }
    })
    expect(rehearsed).toEqual([...own, 'extra'].sort())
    const after = await database.migration(async ({ tables, keepCopy, checkReferences }) => {
      await checkReferences()
      expect(await keepCopy('x')).toBeUndefined()
      return { commit: true, result: await tables() }
    })
    expect(after).toEqual(own)
  })

  it('does not commit what a failed statement was overlooked in', async () => {
    const database = openTest(url)
    const error = await failureOf(
      database.migration(async ({ execute }) => {
        await execute('create table overlooked (id text)', [])
        await execute('select 1/0', []).catch(() => undefined)
        return { commit: true, result: undefined }
      }),
    )
    expect(error).toMatchObject({ kind: 'other', outcome: 'none' })
    const tables = await database.migration(async (session) => ({
      commit: true,
      result: await session.tables(),
    }))
    expect(tables).not.toContain('overlooked')
  })

  it('is alone among all instances', async () => {
    let running = 0
    let most = 0
    const instances = Array.from({ length: 10 }, () => openTest(url))
    await Promise.all(
      instances.map((database) =>
        database.migration(async ({ execute }) => {
          most = Math.max(most, ++running)
          await execute('select pg_sleep(0.02)', [])
          running--
          return { commit: true, result: undefined }
        }),
      ),
    )
    expect(most).toBe(1)
  })

  it('gives up on a table that somebody else keeps locked', async () => {
    const database = openTest(url)
    const seen = observe(url)
    await seen.begin(async (transaction) => {
      await transaction`lock table marks in access share mode`
      const error = await failureOf(
        database.migration(async ({ execute }) => {
          await execute('alter table marks add column more text', [])
          return { commit: true, result: undefined }
        }),
      )
      expect(error).toMatchObject({ kind: 'busy', code: '55P03' })
    })
  })

  it('takes no connection of the pool', async () => {
    const database = openTest(url, { poolMax: 1 })
    await database.migration(async () => {
      expect(await database.db.execute(sql`select 1`)).toEqual([[1]])
      expect(database.pool()).toMatchObject({ max: 1, open: 1 })
      return { commit: true, result: undefined }
    })
  })
})
