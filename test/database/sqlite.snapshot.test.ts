import { renameSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { eq, sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import type { Database, Queryable } from '../../src/database/database.ts'
import { connect } from '../../src/database/sqlite/connection.ts'
import { openTestDatabase, range, temporaryFolder, userRow } from './sqlite.fixture.ts'

test('a snapshot is one state, however long it takes and whatever is written meanwhile', async () => {
  const { database, tables, db } = await openTestDatabase()
  const { settings } = tables
  await database.unitOfWork({}, (tx) =>
    tx.insert(settings).values(range(10).map((n) => ({ key: `account-${n}`, value: '100' }))),
  )
  const writing = moveMoney(database)

  const sums = await database.snapshot(async (snapshot) => {
    const seen: number[] = []
    for (const _ of range(20)) seen.push(await sumByRows(snapshot, settings))
    return seen
  })
  const naive: number[] = []
  for (const _ of range(20)) naive.push(await sumByRows(db, settings))
  await writing.stop()

  expect(new Set(sums)).toEqual(new Set([1000]))
  // The control: the same reads, each of the state that it finds.
  expect(naive.filter((sum) => sum !== 1000)).not.toEqual([])
})

test('a snapshot begins when it is asked for, not at its first query', async () => {
  const { database, tables } = await openTestDatabase()
  const rows = await database.snapshot(async (snapshot) => {
    await database.unitOfWork({}, (tx) => tx.insert(tables.users).values(userRow('later')))
    return snapshot.select().from(tables.users)
  })
  expect(rows).toEqual([])
})

test('a snapshot takes no writes, and is over at its end', async () => {
  const { database, tables } = await openTestDatabase()
  let kept: Queryable | undefined
  await database.snapshot(async (snapshot) => {
    kept = snapshot
    await expect(snapshot.insert(tables.users).values(userRow('ada'))).rejects.toThrow()
  })
  await expect(kept?.select().from(tables.users)).rejects.toThrow()
})

test('two snapshots at once are enough', async () => {
  const { database } = await openTestDatabase()
  const gate = Promise.withResolvers<void>()
  const open = range(2).map(() => database.snapshot(() => gate.promise))
  await expect(database.snapshot(() => gate.promise)).rejects.toMatchObject({ kind: 'busy' })
  gate.resolve()
  await Promise.all(open)
  await database.snapshot(() => gate.promise)
})

test('a failed snapshot lets the log be emptied again', async () => {
  const { database, file, tables } = await openTestDatabase()
  const failing = database.snapshot(async () => {
    for (const n of range(20)) {
      await database.unitOfWork({}, (tx) =>
        tx.insert(tables.settings).values({ key: `key-${n}`, value: 'x'.repeat(500_000) }),
      )
    }
    throw new Error('the reader went away')
  })
  await expect(failing).rejects.toThrow('the reader went away')
  expect(statSync(`${file}-wal`).size).toBeGreaterThan(9_000_000)
  await database.close()
  expect(statSync(`${file}-wal`, { throwIfNoEntry: false })).toBeUndefined()
})

test('reading a snapshot leaves the event loop to others', async () => {
  const { database, tables } = await openTestDatabase()
  let turns = 0
  let done = false
  const turn = () => {
    turns += 1
    if (!done) setImmediate(turn)
  }
  turn()
  await database.snapshot(async (snapshot) => {
    for (const _ of range(100)) await snapshot.select().from(tables.users)
  })
  done = true
  expect(turns).toBeGreaterThanOrEqual(100)
})

test('a snapshot of a file that is gone says so, and so do the reads after it, until it is back', async () => {
  const { database, file, tables, db } = await openTestDatabase()
  const [folder, away] = [dirname(file), `${dirname(file)}.away`]
  const read = () => db.select().from(tables.users)
  const snapshot = () => database.snapshot((snapshot) => snapshot.select().from(tables.users))
  expect(await snapshot()).toEqual([])

  renameSync(folder, away)
  try {
    await expect(snapshot()).rejects.toMatchObject({ kind: 'unavailable' })
    expect(database.lastOutcome()).toMatchObject({ ok: false, error: 'unavailable' })
    await expect(read()).rejects.toMatchObject({ kind: 'unavailable' })
    expect(database.lastOutcome()?.ok).toBe(false)
  } finally {
    renameSync(away, folder)
  }
  expect(await read()).toEqual([])
  expect(database.lastOutcome()?.ok).toBe(true)
  expect(await snapshot()).toEqual([])
})

test('a file in a folder that is not there cannot be opened: the database is away', () => {
  const file = join(temporaryFolder(), 'gone', 'test.db')
  expect(() => connect(file, { readonly: true })).toThrow(
    expect.objectContaining({ kind: 'unavailable' }),
  )
})

test('what the work of a snapshot raises says nothing of the database', async () => {
  const { database, db, tables } = await openTestDatabase()
  await db.select().from(tables.users)
  await expect(database.snapshot(() => Promise.reject(new Error('mine')))).rejects.toThrow('mine')
  expect(database.lastOutcome()?.ok).toBe(true)
})

/** Row by row, so that a state that changes on the way shows. */
async function sumByRows(handle: Queryable, settings: Database['tables']['settings']) {
  let sum = 0
  for (const n of range(10)) {
    const [row] = await handle
      .select()
      .from(settings)
      .where(eq(settings.key, `account-${n}`))
    sum += Number(row?.value)
    await new Promise(setImmediate)
  }
  return sum
}

/** Units that each take from one account and give to another: every state sums to the same. */
function moveMoney(database: Database) {
  const { settings } = database.tables
  const state = { stopped: false }
  const add = (tx: Queryable, n: number, amount: number) =>
    tx
      .update(settings)
      .set({ value: sql`cast(cast(${settings.value} as integer) + ${amount} as integer)` })
      .where(eq(settings.key, `account-${n}`))
  const moving = (async () => {
    for (let n = 0; !state.stopped; n += 1) {
      await database.unitOfWork({}, async (tx) => {
        await add(tx, n % 10, -7)
        await add(tx, (n * 3 + 1) % 10, 7)
      })
    }
  })()
  return {
    async stop() {
      state.stopped = true
      await moving
    },
  }
}
