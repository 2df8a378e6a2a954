import { readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { expect, test } from 'vitest'
import { registry } from '../../src/portability/registry.ts'
import { openTestDatabase, range, userRow } from './sqlite.fixture.ts'

test('a migration is one transaction: what it did before it failed is gone', async () => {
  const { database, db, tables } = await openTestDatabase()
  const failing = database.migration(async ({ execute }) => {
    await execute('create table extra (id text)', [])
    await execute('drop table announcements', [])
    await execute('no sql', [])
    return { commit: true, result: undefined }
  })
  await expect(failing).rejects.toMatchObject({ kind: 'other', code: 'SQLITE_ERROR' })
  expect(await db.select().from(tables.announcements)).toEqual([])
  expect(await tablesOf(database)).not.toContain('extra')
})

test('a rehearsed migration leaves nothing', async () => {
  const { database } = await openTestDatabase()
  const rehearsed = await database.migration(async ({ execute, tables }) => {
    await execute('create table extra (id text)', [])
    return { commit: false, result: await tables() }
  })
  expect(rehearsed).toContain('extra')
  expect(await tablesOf(database)).not.toContain('extra')
})

test('a rebuilt table keeps the rows that refer to it', async () => {
  const { database, db, tables } = await openTestDatabase()
  const user = { ...userRow('ada'), id: 'ada' }
  const session = {
    id: 's',
    userId: 'ada',
    tokenHash: 't',
    createdAt: '',
    usedAt: '',
    expiresAt: '',
  }
  await database.unitOfWork({}, async (tx) => {
    await tx.insert(tables.users).values(user)
    await tx.insert(tables.sessions).values(session)
  })
  await database.migration(async ({ execute, checkReferences }) => {
    for (const statement of rebuild) await execute(statement, [])
    await checkReferences()
    return { commit: true, result: undefined }
  })
  expect(await db.select().from(tables.sessions)).toHaveLength(1)
})

test('the same rebuild with foreign keys on deletes them (control)', async () => {
  const { database, file, tables } = await openTestDatabase()
  await database.unitOfWork({}, async (tx) => {
    await tx.insert(tables.users).values({ ...userRow('ada'), id: 'ada' })
    const session = { id: 's', userId: 'ada', tokenHash: 't' }
    await tx
      .insert(tables.sessions)
      .values({ ...session, createdAt: '', usedAt: '', expiresAt: '' })
  })
  await database.close()
  const naive = new BetterSqlite3(file)
  naive.exec('begin')
  naive.pragma('foreign_keys = OFF')
  for (const statement of rebuild) naive.exec(statement)
  naive.exec('commit')
  expect(naive.prepare('select count(*) from sessions').pluck().get()).toBe(0)
  naive.close()
})

test('a reference to a row that is not there is found before the commit', async () => {
  const { database } = await openTestDatabase()
  const migration = database.migration(async ({ execute, checkReferences }) => {
    await execute(
      `insert into sessions (id, user_id, token_hash, created_at, used_at, expires_at)
       values ('s', 'nobody', 't', '', '', '')`,
      [],
    )
    await checkReferences()
    return { commit: true, result: undefined }
  })
  await expect(migration).rejects.toMatchObject({
    kind: 'foreign_key',
    message: expect.stringContaining('sessions'),
  })
})

test('migrations wait for each other, and for the writer', async () => {
  const { database } = await openTestDatabase()
  let running = 0
  let most = 0
  const results = await Promise.all(
    range(4).map((n) =>
      database.migration(async ({ execute }) => {
        running += 1
        most = Math.max(most, running)
        await execute(`create table extra_${n} (id text)`, [])
        running -= 1
        return { commit: true, result: n }
      }),
    ),
  )
  expect(results).toEqual(range(4))
  expect(most).toBe(1)
})

test('foreign keys hold again after a migration', async () => {
  const { database, tables } = await openTestDatabase()
  const orphan = {
    id: 's',
    userId: 'nobody',
    tokenHash: 't',
    createdAt: '',
    usedAt: '',
    expiresAt: '',
  }
  await expect(
    database.unitOfWork({}, (tx) => tx.insert(tables.sessions).values(orphan)),
  ).rejects.toMatchObject({ kind: 'foreign_key' })
})

test('the list of tables leaves out the ledger and what is SQLite’s own', async () => {
  const { database } = await openTestDatabase()
  await database.migration(async ({ execute }) => {
    await execute('create table holdfast_migrations (name text)', [])
    await execute('create table counted (id integer primary key autoincrement)', [])
    return { commit: true, result: undefined }
  })
  const own = registry.map(({ name }) => name)
  expect(await tablesOf(database)).toEqual([...own, 'counted'].sort())
})

test('a copy holds what was committed before the migration, and is a database that opens', async () => {
  const { database, file, tables } = await openTestDatabase()
  await database.unitOfWork({}, (tx) =>
    tx.insert(tables.users).values(range(500).map((n) => userRow(`user-${n}`))),
  )
  const copies: (string | undefined)[] = []
  for (const _ of range(2)) {
    await database.migration(async ({ execute, keepCopy }) => {
      copies.push(await keepCopy('before-0001/x'))
      await execute('delete from users', [])
      return { commit: false, result: undefined }
    })
  }
  expect(copies).toEqual([`${file}.before-0001_x`, `${file}.before-0001_x`])
  expect(readdirSync(dirname(file)).filter((name) => name.includes('partial'))).toEqual([])

  const copy = await openTestDatabase({}, copies[0])
  expect(await copy.db.select().from(copy.tables.users)).toHaveLength(500)
})

/** As drizzle-kit writes it. */
const rebuild = [
  'create table __new_users as select * from users',
  'drop table users',
  `create table users (id text primary key not null, username text not null, email text, role text not null,
    status text not null, password_hash text, created_at text not null, updated_at text not null,
    quota_specs integer, quota_bytes integer)`,
  'insert into users select * from __new_users',
  'drop table __new_users',
]

function tablesOf(database: Awaited<ReturnType<typeof openTestDatabase>>['database']) {
  return database.migration(async ({ tables }) => ({ commit: false, result: await tables() }))
}
