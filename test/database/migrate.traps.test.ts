import { rmSync } from 'node:fs'
import { beforeEach, describe, expect, it } from 'vitest'
import { migrate } from '../../src/database/migrations/migrate.ts'
import { readMigrations } from '../../src/database/migrations/manifest.ts'
import { migrateByDrizzle } from '../fixtures/migrations/drizzle.ts'
import { ask, contentOf, introspect } from '../fixtures/migrations/introspect.ts'
import { withDatabase } from '../fixtures/migrations/open.ts'
import { writeMigrations, type WrittenMigration } from '../fixtures/migrations/write.ts'
import { createSqlite, databases } from '../support/databases.ts'

// Each trap is shown twice: how drizzle's own migrator walks into it, and how ours does not.

const parents = 10_000
const children = 50_000

const init: WrittenMigration = {
  name: '0000_init',
  sql: [
    'create table parents (id text primary key not null, name text not null)',
    'create table children (id text primary key not null, parent text not null references parents (id) on delete cascade)',
    'create index children_parent on children (parent)',
  ],
}

/** What drizzle-kit generates for SQLite when a column becomes nullable. */
const rebuild: WrittenMigration = {
  name: '0001_rebuild',
  sql: {
    sqlite: [
      'PRAGMA foreign_keys=OFF',
      'CREATE TABLE `__new_parents` (`id` text PRIMARY KEY NOT NULL, `name` text)',
      'INSERT INTO `__new_parents`("id", "name") SELECT "id", "name" FROM `parents`',
      'DROP TABLE `parents`',
      'ALTER TABLE `__new_parents` RENAME TO `parents`',
      'PRAGMA foreign_keys=ON',
    ],
    postgres: ['alter table parents alter column name drop not null'],
  },
}

const note = (name: string, column: string): WrittenMigration => ({
  name,
  sql: [`alter table parents add column ${column} text`],
})

describe('trap 1: rebuilding a parent on SQLite deletes its children', () => {
  let url: string
  const folder = writeMigrations([init, rebuild])
  beforeEach(async () => ({ url } = await createSqlite()))

  it("drizzle's migrator: every child is gone, and nobody says so", async () => {
    await migrateByDrizzle(url, writeMigrations([init]))
    await fill(url)
    await migrateByDrizzle(url, folder)
    expect(await contentOf(url, 'children')).toMatchObject({ rows: 0 })
  })

  it('ours: every row is there, unchanged, and references still hold', async () => {
    await migrateByUs(url, writeMigrations([init]))
    await fill(url)
    const before = await contents(url)

    expect(await migrateByUs(url, folder)).toEqual(['0001_rebuild'])

    expect(await contents(url)).toEqual(before)
    expect(before).toMatchObject({ parents: { rows: parents }, children: { rows: children } })
    expect(await ask(url, 'pragma foreign_key_check')).toEqual([])
    const found = await introspect(url)
    expect(found.find(({ name }) => name === 'parents')?.columns[1]?.nullable).toBe(true)
    await expect(ask(url, `insert into children values ('new', 'nobody')`)).rejects.toThrow(
      'FOREIGN KEY',
    )
  })

  it('ours, on PostgreSQL, leaves the rows as they are too', async () => {
    const postgres = databases.find(({ engine }) => engine === 'postgres')
    const { url } = (await postgres?.create()) ?? expect.fail()
    await migrateByUs(url, writeMigrations([init]))
    await fill(url)
    const before = await contents(url)
    await migrateByUs(url, folder)
    expect(await contents(url)).toEqual(before)
  })
})

describe.each(databases)('trap 2: a migration merged late, on $engine', ({ create }) => {
  const late = { ...note('0001_late', 'late'), when: 1500 }
  const second = { ...note('0001_second', 'second'), when: 2000 }
  const without = writeMigrations([init, second])
  const withLate = writeMigrations([init, late, second])

  it("drizzle's migrator: never applies it, and nobody says so", async () => {
    const { url } = await create()
    await migrateByDrizzle(url, without)
    await migrateByDrizzle(url, withLate)
    expect(await columns(url)).toEqual(['id', 'name', 'second'])
  })

  it('ours: refuses to start and names it', async () => {
    const { url } = await create()
    await migrateByUs(url, without)
    await expect(migrateByUs(url, withLate)).rejects.toMatchObject({
      exitCode: 78,
      message: expect.stringMatching(/0001_late comes before 0001_second.*merged late/),
    })
    expect(await columns(url)).toEqual(['id', 'name', 'second'])
  })
})

describe.each(databases)('trap 3: an applied file that was edited, on $engine', ({ create }) => {
  const before = writeMigrations([init, note('0001_note', 'note')])
  const after = writeMigrations([init, note('0001_note', 'remark')])

  it("drizzle's migrator: does not notice", async () => {
    const { url } = await create()
    await migrateByDrizzle(url, before)
    await migrateByDrizzle(url, after)
    expect(await columns(url)).toEqual(['id', 'name', 'note'])
  })

  it('ours: refuses to start and names it', async () => {
    const { url } = await create()
    await migrateByUs(url, before)
    await expect(migrateByUs(url, after)).rejects.toMatchObject({
      exitCode: 78,
      message: expect.stringMatching(/0001_note was edited/),
    })
  })

  it('ours: refuses when the file is gone from the build', async () => {
    const { url } = await create()
    await migrateByUs(url, before)
    const gone = writeMigrations([init, note('0001_note', 'note')])
    for (const engine of ['sqlite', 'postgres']) rmSync(`${gone}/${engine}/0000_init.sql`)
    await expect(migrateByUs(url, gone)).rejects.toMatchObject({
      exitCode: 78,
      message: expect.stringMatching(/0000_init\.sql cannot be read/),
    })
  })
})

function migrateByUs(url: string, folder: string): Promise<string[]> {
  return withDatabase(url, async (database) => {
    const { applied } = await migrate(database, readMigrations(database.engine, folder))
    return applied
  })
}

async function fill(url: string) {
  const upTo = (count: number) =>
    `with recursive n (i) as (select 1 union all select i + 1 from n where i < ${count})`
  await ask(url, `insert into parents ${upTo(parents)} select 'p' || i, 'name ' || i from n`)
  await ask(
    url,
    `insert into children ${upTo(children)} select 'c' || i, 'p' || (1 + i % ${parents}) from n`,
  )
}

async function contents(url: string) {
  return { parents: await contentOf(url, 'parents'), children: await contentOf(url, 'children') }
}

async function columns(url: string) {
  const found = await introspect(url)
  return found.find(({ name }) => name === 'parents')?.columns.map(({ name }) => name)
}
