import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { eq, sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { DatabaseError } from '../../src/database/database.errors.ts'
import type { Database, Queryable } from '../../src/database/database.ts'
import { openTestDatabase, range, userRow } from './sqlite.fixture.ts'

const asAnotherRequest = AsyncLocalStorage.snapshot()

describe('a unit of work', () => {
  test('gives what its work gives, also a query', async () => {
    const { database, tables } = await openTestDatabase()
    const created = await database.unitOfWork({}, (tx) =>
      tx.insert(tables.users).values(userRow('ada')).returning({ username: tables.users.username }),
    )
    expect(created).toEqual([{ username: 'ada' }])
  })

  test('is seen by every read after it', async () => {
    const { database, tables, db } = await openTestDatabase()
    const byName = db
      .select()
      .from(tables.users)
      .where(eq(tables.users.username, sql.placeholder('username')))
      .prepare('by_name')
    for (const n of range(50)) {
      await database.unitOfWork({}, (tx) => tx.insert(tables.users).values(userRow(`user-${n}`)))
      expect(await byName.execute({ username: `user-${n}` })).toHaveLength(1)
    }
  })

  test('gets the same handle every time', async () => {
    const { database } = await openTestDatabase()
    const handles = await Promise.all(
      range(3).map(() => database.unitOfWork({}, async (tx) => ({ tx }))),
    )
    expect(handles[0]?.tx).toBe(handles[1]?.tx)
    expect(handles[0]?.tx).toBe(handles[2]?.tx)
  })

  test('refuses the outer handle, another unit, a snapshot and a migration inside of it', async () => {
    const { database, tables, db } = await openTestDatabase()
    const inside = (use: () => Promise<unknown>) => database.unitOfWork({}, use)
    const message = 'inside a unit of work'
    await expect(inside(() => db.select().from(tables.users))).rejects.toThrow(message)
    await expect(inside(() => database.unitOfWork({}, nothing))).rejects.toThrow(message)
    await expect(inside(() => database.snapshot(nothing))).rejects.toThrow(message)
    await expect(
      inside(() => database.migration(async () => ({ commit: false, result: 1 }))),
    ).rejects.toThrow(message)
  })

  test('has a handle that is dead after its end, and in other hands', async () => {
    const { database, tables, db } = await openTestDatabase()
    let kept: Queryable | undefined
    let late: Promise<unknown> | undefined
    await database.unitOfWork({}, async (tx) => {
      kept = tx
      late = pause(20).then(() => tx.insert(tables.users).values(userRow('late')))
    })
    const insert = async () => kept?.insert(tables.users).values(userRow('leaked'))

    await expect(insert()).rejects.toThrow()
    const [leakedIntoOther] = await Promise.allSettled([
      database.unitOfWork({}, () => asAnotherRequest(insert)),
    ])
    expect(leakedIntoOther?.status).toBe('rejected')
    await expect(late).rejects.toThrow()
    expect(await db.select().from(tables.users)).toEqual([])
  })

  test('fails as a whole when one of its statements failed, also when that was caught', async () => {
    const { database, tables, db } = await openTestDatabase()
    const unit = database.unitOfWork({}, async (tx) => {
      await tx.insert(tables.users).values(userRow('same'))
      await tx
        .insert(tables.users)
        .values(userRow('same'))
        .catch(() => 'swallowed')
      await tx
        .insert(tables.users)
        .values(userRow('other'))
        .catch(() => 'swallowed')
    })
    await expect(unit).rejects.toMatchObject({ kind: 'unique' })
    expect(await db.select().from(tables.users)).toEqual([])
  })

  test('fails with an error that holds no value and no SQL', async () => {
    const { database, tables } = await openTestDatabase()
    const add = () =>
      database.unitOfWork({}, (tx) => tx.insert(tables.users).values(userRow('s3cret')))
    await add()
    const error: unknown = await add().catch((error: unknown) => error)
    expect(error).toBeInstanceOf(DatabaseError)
    expect(`${(error as Error).message} ${JSON.stringify(error)}`).not.toMatch(/s3cret|insert/i)
  })

  test('runs in the asynchronous context of its caller, whoever shares the commit', async () => {
    const { database } = await openTestDatabase()
    const requestId = new AsyncLocalStorage<number>()
    const seen = await Promise.all(
      range(5).map((n) =>
        requestId.run(n, () => database.unitOfWork({}, async () => requestId.getStore())),
      ),
    )
    expect(seen).toEqual(range(5))
  })

  test('that outlasts its deadline is undone and dead, and the queue goes on', async () => {
    const { database, tables, db } = await openTestDatabase({ queryTimeoutMs: 100 })
    let late: Promise<unknown> | undefined
    const slow = database.unitOfWork({}, async (tx) => {
      await tx.insert(tables.users).values(userRow('slow'))
      late = pause(300).then(() => tx.insert(tables.users).values(userRow('late')))
      await late
    })
    const next = database.unitOfWork({}, (tx) => tx.insert(tables.users).values(userRow('next')))

    await expect(slow).rejects.toMatchObject({ kind: 'timeout', outcome: 'none' })
    await next
    await expect(late).rejects.toThrow()
    const rows = await db.select().from(tables.users)
    expect(rows.map(({ username }) => username)).toEqual(['next'])
  })

  test('with many statements lets the event loop turn, and ends at its deadline', async () => {
    const { database, tables } = await openTestDatabase({ queryTimeoutMs: 200 })
    let turns = 0
    const ticking = setInterval(() => (turns += 1), 1)
    const endless = database.unitOfWork({}, async (tx) => {
      for (;;) await tx.select().from(tables.users)
    })
    await expect(endless).rejects.toMatchObject({ kind: 'timeout' })
    clearInterval(ticking)
    expect(turns).toBeGreaterThan(5)
  })

  test('in bulk lets the event loop turn between all of its statements', async () => {
    const { database, tables } = await openTestDatabase()
    let turns = 0
    let done = false
    const turn = () => {
      turns += 1
      if (!done) setImmediate(turn)
    }
    turn()
    await database.unitOfWork({ deadline: 'bulk' }, async (tx) => {
      for (const n of range(20)) await tx.insert(tables.users).values(userRow(`user-${n}`))
    })
    done = true
    expect(turns).toBeGreaterThanOrEqual(20)
  })
})

describe('writes', () => {
  test('are refused while the database is frozen, but for those that thaw it', async () => {
    const { database, tables, db } = await openTestDatabase()
    const { settings } = tables
    await database.unitOfWork({}, (tx) => tx.insert(settings).values({ key: 'frozen', value: '' }))
    const write = () =>
      database.unitOfWork({}, (tx) => tx.insert(tables.users).values(userRow('ada')))

    await expect(write()).rejects.toMatchObject({ kind: 'frozen', outcome: 'none' })
    expect(await db.select().from(tables.users)).toEqual([])
    await database.unitOfWork({ evenFrozen: true }, (tx) =>
      tx.delete(settings).where(eq(settings.key, 'frozen')),
    )
    await write()
  })

  test('are refused in the group in which the database was frozen', async () => {
    const { database, tables } = await openTestDatabase()
    const { settings } = tables
    const [, after] = await Promise.allSettled([
      database.unitOfWork({}, (tx) => tx.insert(settings).values({ key: 'frozen', value: '' })),
      database.unitOfWork({}, nothing),
    ])
    expect(after).toMatchObject({ status: 'rejected', reason: { kind: 'frozen' } })
  })

  test('are refused at once while an exclusive unit waits or runs, and go on after it', async () => {
    const { database } = await openTestDatabase()
    const gate = Promise.withResolvers<void>()
    const began = Promise.withResolvers<void>()
    const order: string[] = []
    const before = database.unitOfWork({}, async () => void order.push('before'))
    const exclusive = database.unitOfWork({ exclusive: true }, async () => {
      order.push('exclusive')
      began.resolve()
      await gate.promise
    })

    await expect(database.unitOfWork({}, nothing)).rejects.toMatchObject({ kind: 'frozen' })
    await began.promise
    await expect(database.unitOfWork({}, nothing)).rejects.toMatchObject({ kind: 'frozen' })
    gate.resolve()
    await Promise.all([before, exclusive])
    await database.unitOfWork({}, async () => void order.push('after'))
    expect(order).toEqual(['before', 'exclusive', 'after'])
  })

  test('are welcome again after an exclusive unit that failed', async () => {
    const { database } = await openTestDatabase()
    const failing = database.unitOfWork({ exclusive: true }, () => Promise.reject(new Error('no')))
    await expect(failing).rejects.toThrow('no')
    await database.unitOfWork({}, nothing)
  })

  test('that would wait behind a thousand others are refused', async () => {
    const { database } = await openTestDatabase()
    const free = await occupy(database)
    const waiting = range(1000).map(() => database.unitOfWork({}, async () => 'done'))
    expect(database.pool()).toMatchObject({ max: 2, open: 2, inUse: 1, waiting: 1000 })

    await expect(database.unitOfWork({}, nothing)).rejects.toMatchObject({ kind: 'busy' })
    expect(database.pool().timeouts).toBe(1)
    free()
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['done']))
    expect(database.pool().waiting).toBe(0)
  })

  test('that waited for five seconds are sent away', async () => {
    const { database } = await openTestDatabase({ queryTimeoutMs: 30_000 })
    const free = await occupy(database, { deadline: 'bulk' })
    const startedAt = performance.now()

    await expect(database.unitOfWork({}, nothing)).rejects.toMatchObject({
      kind: 'busy',
      outcome: 'none',
    })
    expect(performance.now() - startedAt).toBeGreaterThan(4900)
    free()
    await database.unitOfWork({}, nothing)
    expect(database.pool()).toMatchObject({ waiting: 0, timeouts: 1 })
  })

  test('outside of a unit are refused, and say nothing of the database', async () => {
    const { tables, db, database } = await openTestDatabase()
    const failures: boolean[] = []
    database.onOutcomeChange((ok) => failures.push(ok))
    const error = await db
      .insert(tables.users)
      .values(userRow('ada'))
      .catch((error: Error) => error)
    expect(error).toMatchObject({ kind: 'other' })
    expect(failures).not.toContain(false)
  })
})

describe('the database', () => {
  test('keeps the outcome of real traffic', async () => {
    const { database, tables, db } = await openTestDatabase()
    await db.select().from(tables.users)
    expect(database.lastOutcome()).toMatchObject({ ok: true })
    await database.probe()
  })

  test('closes after the units that wait, and takes no more', async () => {
    const { database, tables, file } = await openTestDatabase()
    const units = range(5).map((n) =>
      database.unitOfWork({}, (tx) => tx.insert(tables.users).values(userRow(`user-${n}`))),
    )
    const closing = database.close()
    await expect(database.unitOfWork({}, nothing)).rejects.toMatchObject({ kind: 'unavailable' })
    await closing
    await Promise.all(units)
    await expect(database.probe()).rejects.toMatchObject({ kind: 'unavailable' })

    const again = await openTestDatabase({}, file)
    expect(await again.db.select().from(again.tables.users)).toHaveLength(5)
  })

  test('in memory is whole, and gone when closed', async () => {
    const { database, tables, db } = await openTestDatabase({}, ':memory:')
    await database.unitOfWork({}, (tx) => tx.insert(tables.users).values(userRow('ada')))
    expect(await db.select().from(tables.users)).toHaveLength(1)
  })

  test('logs slow statements without their values', async () => {
    const logged: object[] = []
    const log = {
      debug() {},
      info() {},
      error() {},
      warn: (details: object) => logged.push(details),
    }
    const { db } = await openTestDatabase({ slowQueryMs: 1, log })
    const slow = sql`with recursive n(i) as (select 1 union all select i + 1 from n where i < 300000)
      select count(*) from n where i <> ${'s3cret'}`
    await db.execute(slow)
    expect(logged).toContainEqual({
      sql: expect.stringContaining('recursive'),
      ms: expect.any(Number),
    })
    expect(JSON.stringify(logged)).not.toContain('s3cret')
  })

  test('logs mistakes in statements with what is wrong, and never with values', async () => {
    const logged: object[] = []
    const log = {
      debug() {},
      info() {},
      warn() {},
      error: (details: object) => logged.push(details),
    }
    const { db } = await openTestDatabase({ log })
    await expect(db.execute(sql`select ${'s3cret'} from nowhere`)).rejects.toMatchObject({
      kind: 'other',
    })
    await expect(db.execute(sql`select json_extract('{}', ${'s3cret'})`)).rejects.toMatchObject({
      kind: 'other',
    })
    expect(logged).toMatchObject([{ reason: 'no such table: nowhere' }, { reason: undefined }])
    expect(JSON.stringify(logged)).not.toContain('s3cret')
  })

  test('refuses transactions outside of its units', async () => {
    const { db } = await openTestDatabase()
    await expect(db.transaction(nothing)).rejects.toThrow('units of work')
  })
})

async function nothing() {
  // Only whether it may run is of interest.
}

/** Holds the writer until the function that it gives is called. */
async function occupy(database: Database, options = {}): Promise<() => void> {
  const gate = Promise.withResolvers<void>()
  const began = Promise.withResolvers<void>()
  const holding = database.unitOfWork(options, async () => {
    began.resolve()
    await gate.promise
  })
  await began.promise
  // It joins no group: what comes now waits.
  return () => {
    gate.resolve()
    holding.catch(() => undefined)
  }
}
