import { setTimeout as pause } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import { migrate, migrationStatus } from '../../src/database/migrations/migrate.ts'
import { readMigrations, type Migration } from '../../src/database/migrations/manifest.ts'
import { ask, stateOf } from '../fixtures/migrations/introspect.ts'
import { withDatabase } from '../fixtures/migrations/open.ts'
import { writeMigrations, type WrittenMigration } from '../fixtures/migrations/write.ts'
import { createPostgres, databases } from '../support/databases.ts'

const init: WrittenMigration = {
  name: '0000_init',
  sql: [
    'create table parents (id text primary key not null, name text)',
    'create table children (id text primary key not null, parent text not null references parents (id))',
    `insert into parents values ('p1', 'one'), ('p2', 'two')`,
    `insert into children values ('c1', 'p1'), ('c2', 'p2')`,
  ],
}
const expand: WrittenMigration = {
  name: '0001_expand',
  compatible: true,
  sql: ['alter table parents add column note text'],
}
const contract: WrittenMigration = {
  name: '0002_contract',
  sql: ['alter table parents drop column note'],
}

describe.each(databases)('migrate on $engine', ({ engine, create }) => {
  let url: string
  beforeEach(async () => ({ url } = await create()))

  const set = (...migrations: WrittenMigration[]) =>
    readMigrations(engine, writeMigrations(migrations))
  const run = (migrations: Migration[], options?: { dryRun: boolean }) =>
    withDatabase(url, (database) => migrate(database, migrations, options))

  it('brings an empty database to the newest schema, gives it a name, and then has nothing to do', async () => {
    const own = readMigrations(engine)
    const names = own.map(({ name }) => name)

    const first = await run(own)
    const [setting] = await ask(url, `select value from settings where key = 'instance_id'`)
    const second = await run(own)

    expect(first).toMatchObject({ applied: names, pending: [], head: names.at(-1), dryRun: false })
    expect(setting?.value).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/)
    expect(second).toMatchObject({ applied: [], pending: [], head: names.at(-1) })
    expect(await ask(url, `select value from settings where key = 'instance_id'`)).toEqual([
      setting,
    ])
  })

  it('lists what is applied, since when, and what is pending or unknown', async () => {
    await run(set(init, expand))

    const status = await withDatabase(url, (database) =>
      migrationStatus(database, set(init, contract)),
    )

    expect(status).toEqual([
      { name: '0000_init', state: 'applied', appliedAt: expect.stringMatching(/^\d{4}-.*Z$/) },
      { name: '0002_contract', state: 'pending' },
      { name: '0001_expand', state: 'unknown', appliedAt: expect.stringMatching(/^\d{4}-.*Z$/) },
    ])
  })

  it('rehearses with dryRun and leaves nothing behind', async () => {
    const empty = await stateOf(url)
    const rehearsal = await run(set(init, expand), { dryRun: true })
    expect(rehearsal).toMatchObject({
      applied: ['0000_init', '0001_expand'],
      pending: ['0000_init', '0001_expand'],
      head: undefined,
      dryRun: true,
    })
    expect(await stateOf(url)).toBe(empty)

    await run(set(init))
    const before = await stateOf(url)
    await run(set(init, expand), { dryRun: true })
    expect(await stateOf(url)).toBe(before)
    // The control: the state does change without it.
    await run(set(init, expand))
    expect(await stateOf(url)).not.toBe(before)
  })

  it('rehearses failures as well', async () => {
    const failing = { name: '0001_failing', sql: ['insert into nowhere values (1)'] }
    await expect(run(set(init, failing), { dryRun: true })).rejects.toMatchObject({ exitCode: 70 })
  })

  it('takes no lock when there is nothing to do', async () => {
    await run(set(init))
    await withDatabase(url, async (database) => {
      const unlocked = Object.assign(Object.create(database) as typeof database, {
        migration: () => expect.fail('took the lock'),
      })
      expect(await migrate(unlocked, set(init))).toMatchObject({ applied: [] })
    })
  })

  it('keeps a copy of the file before it changes one that has tables', async () => {
    const first = await run(set(init))
    expect(first.copy).toBeUndefined()
    const before = await stateOf(url)
    const rehearsal = await run(set(init, expand), { dryRun: true })
    expect(rehearsal.copy).toBeUndefined()

    const { copy } = await run(set(init, expand))

    if (engine === 'postgres') expect(copy).toBeUndefined()
    else expect(await stateOf(`sqlite:///${copy}`)).toBe(before)
  })

  describe('refuses with 78, naming the file and touching nothing,', () => {
    const cases: Record<
      string,
      { applied: WrittenMigration[]; build: WrittenMigration[]; says: RegExp }
    > = {
      'an edited migration': {
        applied: [init, expand],
        build: [init, { ...expand, sql: ['alter table parents add column note integer'] }],
        says: /0001_expand was edited after it was applied/,
      },
      'a change of nothing but white space': {
        applied: [init],
        build: [{ ...init, sql: [...(init.sql as string[]), ' '] }],
        says: /0000_init was edited/,
      },
      'a migration merged late': {
        applied: [init, contract].map(withoutNote),
        build: [init, expand, contract],
        says: /0001_expand comes before 0002_contract/,
      },
      'a missing one': {
        applied: [init, expand],
        build: [init, { name: '0001_other', sql: ['select 1'] }],
        says: /0001_expand was applied .* and is missing from this build/,
      },
      'a missing one, though it said that it is compatible, with one to come': {
        applied: [init, expand],
        build: [init, contract],
        says: /0001_expand was applied .* and is missing/,
      },
      're-ordered ones': {
        applied: [init, expand, contract],
        build: [init, contract, expand],
        says: /0002_contract stands where 0001_expand was applied: .* re-ordered/,
      },
    }

    it.each(Object.entries(cases))('%s', async (_, { applied, build, says }) => {
      await run(set(...applied))
      const before = await stateOf(url)
      await expect(run(set(...build))).rejects.toMatchObject({
        name: 'StartError',
        exitCode: 78,
        message: expect.stringMatching(says),
      })
      expect(await stateOf(url)).toBe(before)
    })
  })

  it('lets an older version start on a newer schema that says it may, and writes nothing', async () => {
    await run(set(init, expand, { ...expand, name: '0002_expand', sql: ['select 1'] }))
    const before = await stateOf(url)

    const older = await run(set(init))

    expect(older).toMatchObject({ applied: [], pending: [], head: '0002_expand' })
    expect(await stateOf(url)).toBe(before)
  })

  it.each([
    ['the newest', [init, expand, contract]],
    ['one in between', [init, expand, contract, { ...expand, name: '0003_expand' }]],
  ])('refuses to start an older version when %s says it may not', async (_, newer) => {
    await run(set(...newer))
    const before = await stateOf(url)
    await expect(run(set(init))).rejects.toMatchObject({
      exitCode: 78,
      message: expect.stringMatching(/migrated by a newer version \(0002_contract/),
    })
    expect(await stateOf(url)).toBe(before)
  })

  it('rolls back with 70 when rows would be lost, or a table with rows', async () => {
    await run(set(init))
    const before = await stateOf(url)
    const losses = [
      [`delete from children where id = 'c1'`],
      ['drop table children'],
      ['drop table children', 'create table children (id text primary key not null)'],
      ['alter table children rename to offspring'],
    ]
    for (const sql of losses) {
      await expect(run(set(init, { name: '0001_loss', sql }))).rejects.toMatchObject({
        exitCode: 70,
        message: expect.stringMatching(/would lose \d of 2 rows of children/),
      })
      expect(await stateOf(url)).toBe(before)
    }
  })

  it('lets an empty table go', async () => {
    await run(set(init))
    await ask(url, 'delete from children')
    await run(set(init, { name: '0001_drop', sql: ['drop table children'] }))
    expect(await ask(url, 'select * from parents')).toHaveLength(2)
  })

  it('rolls back with 70 when a reference would lead nowhere', async () => {
    await run(set(init))
    const before = await stateOf(url)
    const orphan = {
      name: '0001_orphan',
      sql: {
        sqlite: [`insert into children values ('c3', 'nobody')`],
        // Checked at the end: what a table's foreign keys check at once cannot be got past.
        postgres: [
          'alter table children alter constraint children_parent_fkey deferrable initially deferred',
          `insert into children values ('c3', 'nobody')`,
        ],
      },
    }
    await expect(run(set(init, orphan))).rejects.toMatchObject({ exitCode: 70 })
    expect(await stateOf(url)).toBe(before)
  })
})

it('on PostgreSQL nobody deletes rows meanwhile, which would look like a loss', async () => {
  const { url } = await createPostgres()
  const folder = (...migrations: WrittenMigration[]) =>
    readMigrations('postgres', writeMigrations(migrations))
  await withDatabase(url, (database) => migrate(database, folder(init)))
  let deleting: Promise<unknown> | undefined

  const report = await withDatabase(url, (database) => {
    const disturbed = Object.assign(Object.create(database) as typeof database, {
      migration: ((work) =>
        database.migration((session) =>
          work({
            ...session,
            async execute(sql, params) {
              if (sql.startsWith('alter')) {
                deleting = ask(url, 'delete from children')
                await pause(200)
              }
              return session.execute(sql, params)
            },
          }),
        )) satisfies typeof database.migration,
    })
    return migrate(disturbed, folder(init, expand))
  })

  expect(report.applied).toEqual(['0001_expand'])
  await deleting
  expect(await ask(url, 'select * from children')).toEqual([])
})

it('on PostgreSQL everything goes into the schema of the transaction, also what the file calls "public"', async () => {
  const { url } = await createPostgres()
  await ask(url, 'create schema elsewhere')
  const referring = {
    name: '0001_referring',
    sql: ['create table notes (parent text references "public"."parents" (id))'],
  }
  const migrations = readMigrations('postgres', writeMigrations([init, referring]))

  await withDatabase(url, (database) => {
    const inSchema = Object.assign(Object.create(database) as typeof database, {
      migration: ((work) =>
        database.migration(async (session) => {
          await session.execute('set local search_path to elsewhere', [])
          return work(session)
        })) satisfies typeof database.migration,
    })
    return migrate(inSchema, migrations)
  })

  const tables = await ask(
    url,
    `select tablename from pg_tables where schemaname = 'elsewhere' order by 1`,
  )
  expect(tables.map(({ tablename }) => tablename)).toEqual([
    'children',
    'holdfast_migrations',
    'notes',
    'parents',
  ])
})

/** The last migration as a build without the one before it would have had it. */
function withoutNote(migration: WrittenMigration): WrittenMigration {
  return migration === contract ? { ...contract, sql: ['select 1'] } : migration
}
