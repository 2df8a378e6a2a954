import { AsyncLocalStorage } from 'node:async_hooks'
import BetterSqlite3 from 'better-sqlite3'
import { eq, sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { databaseErrorIn } from '../../src/database/database.errors.ts'
import type { Database, Queryable } from '../../src/database/database.ts'
import { commitsInLog, openTestDatabase, range, userRow } from './sqlite.fixture.ts'

/** Runs a function as code that does not belong to a unit. */
const asAnotherRequest = AsyncLocalStorage.snapshot()

describe('units of work that wait together', () => {
  test('share a commit, and one that breaks a constraint fails alone', async () => {
    const { database, file, tables, db } = await openTestDatabase()
    const before = commitsInLog(file)
    const names = range(32).map((n) => (n === 31 ? 'user-7' : `user-${n}`))

    const results = await Promise.allSettled(names.map((name) => addUser(database, name)))

    const failures = results.filter((result) => result.status === 'rejected')
    expect(failures).toHaveLength(1)
    expect(databaseErrorIn(failures[0]?.reason)).toMatchObject({
      kind: 'unique',
      constraint: 'users_username_unique',
    })
    expect(await db.select().from(tables.users)).toHaveLength(31)
    // One, but for a machine so busy that the group's time is over before all have run.
    expect(commitsInLog(file) - before).toBeLessThanOrEqual(3)
  })

  test('have a commit each when they come one after the other (control)', async () => {
    const { database, file } = await openTestDatabase()
    const before = commitsInLog(file)
    for (const n of range(32)) await addUser(database, `user-${n}`)
    expect(commitsInLog(file) - before).toBe(32)
  })

  test('are answered after the commit, those that failed too', async () => {
    const { database, file } = await openTestDatabase()
    const elsewhere = new BetterSqlite3(file, { readonly: true })
    const seen = () => elsewhere.prepare('select count(*) from users').pluck().get()

    const seenWhenAnswered = await Promise.all([
      addUser(database, 'first').then(seen),
      addUser(database, 'first').then(() => 'no error', seen),
      addUser(database, 'second').then(seen),
    ])
    elsewhere.close()

    expect(seenWhenAnswered).toEqual([2, 2, 2])
  })

  test('see what those before them did, and nobody outside does before the commit', async () => {
    const { database, tables, db } = await openTestDatabase()
    const count = async (handle: Queryable) => (await handle.select().from(tables.users)).length
    let outside: Promise<number> | undefined

    const [, inside] = await Promise.all([
      addUser(database, 'first'),
      database.unitOfWork({}, async (tx) => {
        outside = asAnotherRequest(() => count(db))
        return count(tx)
      }),
    ])

    expect(inside).toBe(1)
    expect(await outside).toBe(0)
    expect(await count(db)).toBe(1)
  })

  test('lose all that a failing one did, and keep the rest', async () => {
    const { database, tables, db } = await openTestDatabase()
    await Promise.allSettled([
      addUser(database, 'before'),
      database.unitOfWork({}, async (tx) => {
        await tx.insert(tables.users).values(userRow('undone'))
        await tx.update(tables.users).set({ email: 'undone' })
        throw new Error('changed its mind')
      }),
      addUser(database, 'after'),
    ])
    const rows = await db.select().from(tables.users).orderBy(tables.users.username)
    expect(rows.map(({ username, email }) => [username, email])).toEqual([
      ['after', null],
      ['before', null],
    ])
  })

  test('are replayed one by one when the commit fails for one of them', async () => {
    const { database, db } = await openTestDatabase()
    await createDeferred(database)
    const runs = new Map<number, number>()

    const results = await Promise.allSettled(
      range(8).map((n) =>
        database.unitOfWork({}, async (tx) => {
          runs.set(n, (runs.get(n) ?? 0) + 1)
          const parent = n === 3 ? 'nobody' : 'parent'
          await tx.execute(sql`insert into child (id, parent) values (${`child-${n}`}, ${parent})`)
          return n
        }),
      ),
    )

    expect(results.map(({ status }) => status === 'fulfilled')).toEqual(
      range(8).map((n) => n !== 3),
    )
    expect(databaseErrorIn((results[3] as PromiseRejectedResult).reason)?.kind).toBe('foreign_key')
    expect([...runs.values()]).toEqual(range(8).map(() => 2))
    expect(await db.execute(sql`select id from child order by id`)).toEqual(
      [0, 1, 2, 4, 5, 6, 7].map((n) => [`child-${n}`]),
    )
  })

  test('are replayed when one that fails had broken a constraint only with a lost neighbour', async () => {
    const { database, db } = await openTestDatabase()
    await createDeferred(database)
    const insert = (id: string, parent: string) =>
      database.unitOfWork({}, async (tx) => {
        await tx.execute(sql`insert into child (id, parent) values (${id}, ${parent})`)
      })

    const results = await Promise.allSettled([insert('same', 'nobody'), insert('same', 'parent')])

    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
    expect(await db.execute(sql`select id, parent from child`)).toEqual([['same', 'parent']])
  })

  test('are replayed when there is no room for one of them, which fails alone', async () => {
    const { database, tables, db } = await openTestDatabase()
    const pages = await database.unitOfWork({}, (tx) => tx.execute(sql`pragma page_count`))
    await setPageLimit(database, Number((pages as unknown as number[][])[0]?.[0]) + 12)
    const huge = 'x'.repeat(500_000)

    const results = await Promise.allSettled(
      range(8).map((n) => addSetting(database, `key-${n}`, n === 4 ? huge : 'small')),
    )

    expect(results.map(({ status }) => status === 'fulfilled')).toEqual(
      range(8).map((n) => n !== 4),
    )
    expect(databaseErrorIn((results[4] as PromiseRejectedResult).reason)).toMatchObject({
      kind: 'full',
      outcome: 'none',
    })
    expect(await db.select().from(tables.settings)).toHaveLength(7)

    await setPageLimit(database, 1_000_000)
    await addSetting(database, 'key-4', huge)
    expect(
      await db.select().from(tables.settings).where(eq(tables.settings.key, 'key-4')),
    ).toHaveLength(1)
  })

  test('do not share a transaction with bulk and exclusive units', async () => {
    const { database, file } = await openTestDatabase()
    const before = commitsInLog(file)
    await Promise.all([
      addUser(database, 'first'),
      addUser(database, 'second'),
      addUser(database, 'bulk', { deadline: 'bulk' }),
      addUser(database, 'third'),
    ])
    expect(commitsInLog(file) - before).toBe(3)
  })

  test('end their group after a bounded number', async () => {
    const { database, file, tables, db } = await openTestDatabase()
    const before = commitsInLog(file)
    await Promise.all(range(300).map((n) => addUser(database, `user-${n}`)))
    const commits = commitsInLog(file) - before
    expect(commits).toBeGreaterThanOrEqual(3)
    expect(commits).toBeLessThanOrEqual(30)
    expect(await db.select().from(tables.users)).toHaveLength(300)
  })
})

function addUser(database: Database, name: string, options = {}): Promise<void> {
  return database.unitOfWork(options, async (tx) => {
    await tx.insert(database.tables.users).values(userRow(name))
  })
}

function addSetting(database: Database, key: string, value: string): Promise<void> {
  return database.unitOfWork({}, async (tx) => {
    await tx.insert(database.tables.settings).values({ key, value })
  })
}

async function setPageLimit(database: Database, pages: number) {
  await database.unitOfWork({}, (tx) => tx.execute(sql.raw(`pragma max_page_count = ${pages}`)))
}

/** A reference that is checked only at the commit. */
function createDeferred(database: Database): Promise<void> {
  return database.migration(async ({ execute }) => {
    await execute('create table parent (id text primary key not null)', [])
    await execute(
      `create table child (id text primary key not null,
        parent text not null references parent (id) deferrable initially deferred)`,
      [],
    )
    await execute(`insert into parent values ('parent')`, [])
    return { commit: true, result: undefined }
  })
}
