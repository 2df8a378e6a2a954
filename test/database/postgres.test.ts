import { asc, eq, sql } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Queryable } from '../../src/database/database.ts'
import { createPostgres } from '../support/databases.ts'
import {
  createTables,
  defaults,
  failureOf,
  observe,
  openTest,
  targetOf,
} from './postgres.fixture.ts'
import { openPostgres } from '../../src/database/postgres/postgres.ts'
import { postgresTables } from '../../src/database/tables/postgres.ts'

const { users, settings } = postgresTables
let url: string

beforeAll(async () => {
  url = (await createPostgres()).url
  const database = openPostgres(targetOf(url), defaults)
  await database.open()
  await createTables(database)
  await database.close()
})

const user = (id: string) => ({
  id,
  username: id,
  role: 'member' as const,
  status: 'active' as const,
  createdAt: '2026-11-20T10:03:21.100Z',
  updatedAt: '2026-11-20T10:03:21.000Z',
})

describe('reading and writing on PostgreSQL', () => {
  it('gives back what was written, with times as ISO 8601', async () => {
    const database = openTest(url)
    await database.unitOfWork({}, async (tx) => {
      await tx.insert(users).values(user('ann'))
    })
    const [found] = await database.db.select().from(users).where(eq(users.id, 'ann'))
    expect(found).toEqual({
      ...user('ann'),
      email: null,
      quotaSpecs: null,
      quotaBytes: null,
      passwordHash: null,
    })
  })

  it('shows nothing of a unit before its end, and nothing after it failed', async () => {
    const database = openTest(url)
    const seen = () => database.db.select().from(users).where(eq(users.id, 'bob'))
    const found: unknown[][] = []
    const unit = database.unitOfWork({}, async (tx) => {
      await tx.insert(users).values(user('bob'))
      found.push(await tx.select().from(users).where(eq(users.id, 'bob')))
      throw new Error('changed my mind')
    })
    await expect(unit).rejects.toThrow('changed my mind')
    expect(found[0]).toHaveLength(1)
    expect(await seen()).toEqual([])
  })

  it('names the constraint that was broken, without values or SQL', async () => {
    const database = openTest(url)
    const add = (id: string, username: string) =>
      database.unitOfWork({}, (tx) => tx.insert(users).values({ ...user(id), username }))
    await add('carl', 'carl')
    const error = await failureOf(add('carl2', 'carl'))
    expect(error).toMatchObject({
      kind: 'unique',
      code: '23505',
      constraint: 'users_username_unique',
      outcome: 'none',
    })
    expect(JSON.stringify(error) + String(error)).not.toMatch(/carl|insert/)
    expect(await failureOf(add('carl', 'carl3'))).toMatchObject({ constraint: 'users_pkey' })
  })

  it('fails a unit whose work overlooked a failed statement', async () => {
    const database = openTest(url)
    const error = await failureOf(
      database.unitOfWork({}, async (tx) => {
        await tx.insert(settings).values({ key: 'overlooked', value: '' })
        await tx
          .insert(settings)
          .values({ key: 'overlooked', value: '' })
          .catch(() => undefined)
      }),
    )
    expect(error).toMatchObject({ kind: 'unique' })
    const found = await database.db.select().from(settings).where(eq(settings.key, 'overlooked'))
    expect(found).toEqual([])
  })

  it('takes every kind of parameter', async () => {
    const database = openTest(url)
    const answer = await database.db.execute(
      sql`select ${'ü'}::text, ${12}::int, ${9007199254740993n}::bigint, ${true}::boolean, ${null}::text,
        ${Buffer.from([0, 255])}::bytea, ${new Date(0)}::timestamptz, ${-0.5}::float8`,
    )
    expect(answer).toEqual([
      [
        'ü',
        12,
        '9007199254740993',
        true,
        null,
        Buffer.from([0, 255]),
        '1970-01-01 00:00:00+00',
        -0.5,
      ],
    ])
    const undefinedValue = database.db.execute(sql`select ${sql.param(undefined)}::text`)
    expect(await failureOf(undefinedValue)).toMatchObject({ kind: 'other' })
  })

  it('runs statements of a unit that were started together', async () => {
    const database = openTest(url)
    const answers = await database.unitOfWork({}, (tx) =>
      Promise.all([1, 2, 3, 4, 5].map((n) => tx.execute(sql`select ${n}::int`))),
    )
    expect(answers).toEqual([[[1]], [[2]], [[3]], [[4]], [[5]]])
  })

  it('keeps one handle for a connection, so that statements prepared on it serve again', async () => {
    const database = openTest(url, { poolMax: 1 })
    const handles = new Set<Queryable>()
    for (let i = 0; i < 3; i++) await database.unitOfWork({}, async (tx) => void handles.add(tx))
    expect(handles.size).toBe(1)
  })

  it('prepares a statement once on a direct connection', async () => {
    const database = openTest(url, { poolMax: 1 })
    const query = database.db.select().from(users).orderBy(asc(users.id)).limit(1).prepare('x')
    await query.execute()
    await query.execute()
    const prepared = await database.db.execute(
      sql`select count(*)::int from pg_prepared_statements 
        where statement like '%from "users" order by%' and statement not like '%pg_prepared%'`,
    )
    expect(prepared).toEqual([[1]])
  })
})

describe('a prepared statement whose table was changed by a migration', () => {
  it('is prepared anew, outside of units and in them', async () => {
    const database = openTest(url, { poolMax: 1 })
    const alter = (type: string) =>
      database.migration(async ({ execute }) => {
        await execute(`alter table marks alter column note type ${type} using null`, [])
        return { commit: true, result: undefined }
      })
    const read = (from: Queryable) => from.execute(sql`select * from marks where id = ${'x'}`)
    for (const type of ['integer', 'text']) {
      await read(database.db)
      await alter(type)
      expect(await read(database.db)).toEqual([])
    }
    await alter('integer')
    expect(await database.unitOfWork({}, read)).toEqual([])
    await alter('text')
  })
})

describe('the wrong handle on PostgreSQL', () => {
  it('refuses the outer database, units and snapshots inside a unit', async () => {
    const database = openTest(url)
    const nested: (() => Promise<unknown>)[] = [
      () => database.db.select().from(users),
      () => database.unitOfWork({}, async () => undefined),
      () => database.snapshot(async () => undefined),
    ]
    for (const use of nested) {
      const refusal = await failureOf(database.unitOfWork({}, async () => use()))
      expect(refusal).toMatchObject({ message: expect.stringMatching('inside a unit of work') })
    }
  })

  it('refuses a handle after its unit, also while another unit has the connection', async () => {
    const database = openTest(url, { poolMax: 1 })
    let leaked: Queryable | undefined
    await database.unitOfWork({}, async (tx) => void (leaked = tx))
    const use = () => failureOf(leaked!.select().from(users))
    expect(String(await use())).toMatch('a unit of work has ended')
    let turn = () => {}
    const begun = new Promise<void>((resolve) => (turn = resolve))
    let end = () => {}
    const ended = new Promise<void>((resolve) => (end = resolve))
    const other = database.unitOfWork({}, async () => {
      turn()
      await ended
    })
    await begun
    expect(String(await use())).toMatch('a unit of work has ended')
    end()
    await other
  })
})

describe('the server behind the database', () => {
  it('is described, and probed', async () => {
    const database = openTest(url)
    await database.open()
    expect(database.lastOutcome()).toMatchObject({ ok: true })
    await database.probe()
    expect(await database.describe()).toMatchObject({
      fsync: true,
      fullPageWrites: true,
      synchronousCommit: 'on',
      pooler: false,
      tls: 'plain',
      readOnly: false,
      maxConnections: 200,
    })
  })

  it('is refused when it does not store UTF-8', async () => {
    const admin = observe(url)
    const name = 'latin' + Date.now()
    await admin.unsafe(`create database ${name} encoding 'LATIN1' template template0`)
    const database = openTest(url, {}, { database: name })
    await expect(database.open()).rejects.toMatchObject({ name: 'StartError', exitCode: 78 })
    await database.close()
    await admin.unsafe(`drop database ${name} with (force)`)
  })

  it('says what is wrong with the address, for the log', async () => {
    const password = openTest(url, {}, { password: 'wrong' })
    expect(await failureOf(password.open())).toMatchObject({ kind: 'unavailable', code: '28P01' })
    const name = openTest(url, {}, { database: 'nowhere' })
    expect(await failureOf(name.open())).toMatchObject({ kind: 'unavailable', code: '3D000' })
    const port = openTest(url, {}, { port: 1 })
    expect(await failureOf(port.open())).toMatchObject({
      kind: 'unavailable',
      code: 'ECONNREFUSED',
    })
    expect(port.lastOutcome()).toMatchObject({ ok: false, error: 'unavailable' })
    const tls = openTest(url, {}, { ssl: 'require' })
    expect(await failureOf(tls.open())).toMatchObject({ kind: 'unavailable', code: 'TLS_REFUSED' })
    const either = openTest(url, {}, { ssl: 'prefer' })
    await either.open()
  })
})
