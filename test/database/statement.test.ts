import { eq, sql } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { databaseErrorIn } from '../../src/database/database.errors.ts'
import type { Database } from '../../src/database/database.ts'
import { databases } from '../support/databases.ts'
import { password, startService } from '../support/service.ts'

describe.each(databases)('statements on $engine', ({ create }) => {
  let database: Database

  beforeAll(async () => {
    database = (await startService(create)).app.database
  })

  it('give values of the declared types, whichever way they are asked', async () => {
    const { db, tables } = database
    const { users, announcements } = tables
    const author = (await db.select().from(users))[0]
    const row = {
      id: 'a',
      title: 't',
      body: '',
      audience: 'users' as const,
      pinned: true,
      startsAt: '0001-01-01T00:00:00.000Z',
      endsAt: null,
      authorId: author?.id ?? '',
      revision: Number.MAX_SAFE_INTEGER,
      createdAt: '9999-12-31T23:59:59.999Z',
      updatedAt: '2026-11-20T10:03:21.010Z',
    }
    await database.unitOfWork({}, async (tx) => {
      expect(await tx.insert(announcements).values(row).returning()).toEqual([row])
    })
    const prepared = db
      .select()
      .from(announcements)
      .where(eq(announcements.id, sql.placeholder('id')))
      .prepare('by_id')
    for (const [id, expected] of [
      ['a', [row]],
      ['b', []],
      ['a', [row]],
    ] as const) {
      expect(await prepared.execute({ id })).toEqual(expected)
      expect(await db.select().from(announcements).where(eq(announcements.id, id))).toEqual(
        expected,
      )
    }
    const joined = await db
      .select({ pinned: announcements.pinned, name: users.username, one: sql<string>`'x'` })
      .from(announcements)
      .innerJoin(users, eq(users.id, announcements.authorId))
    expect(joined).toEqual([{ pinned: true, name: 'admin', one: 'x' }])
    const nested = await db
      .select()
      .from(users)
      .leftJoin(announcements, eq(announcements.id, sql`'nothing'`))
    expect(nested).toEqual([{ users: author, announcements: null }])
  })

  it('name a missing value, and never tell the others', async () => {
    const { db, tables } = database
    const prepared = db
      .select()
      .from(tables.users)
      .where(eq(tables.users.id, sql.placeholder('id')))
      .prepare('user')
    await expect(prepared.execute({})).rejects.toThrow('no value for id')

    const [user] = await db.select().from(tables.users)
    const failure: unknown = await database
      .unitOfWork({}, (tx) =>
        tx.insert(tables.users).values({ ...user!, username: 'other', email: password }),
      )
      .catch((error: unknown) => error)
    expect(databaseErrorIn(failure)).toMatchObject({ kind: 'unique', constraint: 'users_pkey' })
    expect(`${String(failure)} ${JSON.stringify(failure)}`).not.toContain(password)
    expect(failure).not.toHaveProperty('cause')
  })
})
