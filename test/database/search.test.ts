import { existsSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import Sqlite from 'better-sqlite3'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import { migrate } from '../../src/database/migrations/migrate.ts'
import { readMigrations } from '../../src/database/migrations/manifest.ts'
import { parseTarget } from '../../src/database/target/target.ts'
import { ask } from '../fixtures/migrations/introspect.ts'
import { openUrl } from '../fixtures/migrations/open.ts'
import { searchFor } from '../fixtures/migrations/search.ts'
import { createSqlite, databases } from '../support/databases.ts'

const time = '2026-11-20T10:03:21.100Z'
const owner = 'owner'

async function addSpecs(database: Database, tokens: Record<string, string>): Promise<void> {
  const { specs, specTokens } = database.tables
  await database.unitOfWork({}, async (tx) => {
    for (const [id, words] of Object.entries(tokens)) {
      await tx.insert(specs).values({
        id,
        slug: id,
        title: id,
        titleKey: id,
        ownerId: owner,
        visibility: 'public',
        tags: [],
        format: 'openapi-3.1',
        open: true,
        revision: 1,
        createdAt: time,
        updatedAt: time,
      })
      await tx.insert(specTokens).values({ id, tokens: words })
    }
  })
}

async function openWithOwner(url: string): Promise<Database> {
  const database = await openUrl(url)
  await migrate(database, readMigrations(database.engine))
  await database.unitOfWork({}, (tx) =>
    tx.insert(database.tables.users).values({
      id: owner,
      username: owner,
      role: 'member',
      status: 'active',
      createdAt: time,
      updatedAt: time,
    }),
  )
  return database
}

describe.each(databases)('the index of words on $engine', ({ create }) => {
  let url: string
  let database: Database

  beforeEach(async () => {
    ;({ url } = await create())
    database = await openWithOwner(url)
    await addSpecs(database, { one: 'pet store', two: 'pet shop', three: 'tag:pet straße 宠物' })
    return () => database.close()
  })

  const found = async (...words: string[]) => Promise.all(words.map((word) => searchFor(url, word)))

  it('has what was inserted, each token as a whole', async () => {
    expect(await found('pet', 'store', 'tag:pet', 'straße', '宠物', 'stor', 'tag')).toEqual([
      ['one', 'two'],
      ['one'],
      ['three'],
      ['three'],
      ['three'],
      [],
      [],
    ])
  })

  it('follows an update, also one to the same words, and one that is rolled back', async () => {
    const { specTokens } = database.tables
    const put = (tokens: string) => (tx: typeof database.db) =>
      tx.update(specTokens).set({ tokens }).where(eq(specTokens.id, 'one'))
    await database.unitOfWork({}, put('pet store'))
    await database.unitOfWork({}, put('dog store'))
    const failing = database.unitOfWork({}, async (tx) => {
      await put('cat')(tx)
      throw new Error('back')
    })
    await expect(failing).rejects.toThrow('back')
    expect(await found('pet', 'dog', 'cat', 'store')).toEqual([['two'], ['one'], [], ['one']])
  })

  it('follows an upsert', async () => {
    const { specTokens } = database.tables
    for (const tokens of ['dog', '', 'cat dog']) {
      await database.unitOfWork({}, (tx) =>
        tx
          .insert(specTokens)
          .values({ id: 'two', tokens })
          .onConflictDoUpdate({ target: specTokens.id, set: { tokens: sql`excluded.tokens` } }),
      )
    }
    expect(await found('shop', 'dog', 'cat')).toEqual([[], ['two'], ['two']])
  })

  it('forgets what is deleted, by itself or with its spec', async () => {
    const { specs, specTokens } = database.tables
    await database.unitOfWork({}, (tx) => tx.delete(specTokens).where(eq(specTokens.id, 'one')))
    await database.unitOfWork({}, (tx) => tx.delete(specs).where(eq(specs.id, 'two')))
    expect(await found('pet', 'store', 'shop', 'tag:pet')).toEqual([[], [], [], ['three']])
    await addSpecs(database, { two: 'shop again' })
    expect(await found('shop')).toEqual([['two']])
  })
})

describe('copies of a SQLite file', () => {
  it('find the same: made by VACUUM INTO, by a backup, and after VACUUM', async () => {
    const { url } = await createSqlite()
    const database = await openWithOwner(url)
    const names = Array.from({ length: 300 }, () => randomBytes(8).toString('hex'))
    await addSpecs(database, Object.fromEntries(names.map((name) => [name, `all ${name}`])))
    // Gaps between the numbers, which a copy might close.
    await database.unitOfWork({}, (tx) => tx.execute(sql`delete from specs where id < ${'8'}`))
    await database.close()
    const left = names.filter((name) => name >= '8').sort()
    const target = parseTarget(url).target
    const file = target.kind === 'sqlite' ? target.file : ''

    const client = new Sqlite(file)
    client.exec(`vacuum into '${file}.into'`)
    await client.backup(`${file}.backup`)
    client.exec('vacuum')
    client.close()

    for (const copy of [file, `${file}.into`, `${file}.backup`]) {
      expect(existsSync(copy)).toBe(true)
      const at = `sqlite:///${copy}`
      expect(await searchFor(at, 'all')).toEqual(left)
      for (const name of left.slice(0, 20)) expect(await searchFor(at, name)).toEqual([name])
      expect(await ask(at, 'pragma integrity_check')).toEqual([{ integrity_check: 'ok' }])
    }
  })
})
