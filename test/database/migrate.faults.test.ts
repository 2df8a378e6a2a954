import { setTimeout as pause } from 'node:timers/promises'
import postgres from 'postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import { DatabaseError } from '../../src/database/database.errors.ts'
import { migrate } from '../../src/database/migrations/migrate.ts'
import { readMigrations } from '../../src/database/migrations/manifest.ts'
import { counting, withFault } from '../fixtures/migrations/fault.ts'
import { ask, introspect, stateOf } from '../fixtures/migrations/introspect.ts'
import { openUrl, withDatabase } from '../fixtures/migrations/open.ts'
import { buildProgram, startTogether } from '../fixtures/migrations/processes.ts'
import { writeMigrations, type WrittenMigration } from '../fixtures/migrations/write.ts'
import { createPostgres, createSqlite, databases } from '../support/databases.ts'

const trials = Number(process.env.HOLDFAST_TRIALS ?? 1)

const init: WrittenMigration = {
  name: '0000_init',
  sql: [
    'create table parents (id text primary key not null, name text not null)',
    'create table children (id text primary key not null, parent text not null references parents (id) on delete cascade)',
    `insert into parents values ('p1', 'one'), ('p2', 'two')`,
    `insert into children values ('c1', 'p1'), ('c2', 'p2')`,
  ],
}
const next: WrittenMigration[] = [
  {
    name: '0001_rebuild',
    sql: {
      sqlite: [
        'CREATE TABLE `__new_parents` (`id` text PRIMARY KEY NOT NULL, `name` text)',
        'INSERT INTO `__new_parents`("id", "name") SELECT "id", "name" FROM `parents`',
        'DROP TABLE `parents`',
        'ALTER TABLE `__new_parents` RENAME TO `parents`',
      ],
      postgres: ['alter table parents alter column name drop not null'],
    },
  },
  {
    name: '0002_note',
    sql: ['alter table children add column note text', `update children set note = id`],
  },
]

beforeAll(buildProgram)

describe.each(databases)('a migration that fails on $engine', ({ engine, create }) => {
  const first = writeMigrations([init])
  const both = writeMigrations([init, ...next])

  async function prepared() {
    const { url } = await create()
    await withDatabase(url, (database) => migrate(database, readMigrations(engine, first)))
    const statements = await withDatabase(url, async (database) => {
      const counted = counting(database)
      await migrate(counted.database, readMigrations(engine, both), { dryRun: true })
      return counted.statements()
    })
    return { url, before: await stateOf(url), statements }
  }

  it('at any statement leaves nothing of it, and names the statement', async () => {
    const { url, before, statements } = await prepared()
    const failures: unknown[] = []
    for (let k = 0; k <= statements; k++) {
      await withDatabase(url, async (database) => {
        const faulty = withFault(database, k, () =>
          Promise.reject(new DatabaseError('other', 'the fault', { code: 'XX000' })),
        )
        await migrate(faulty, readMigrations(engine, both)).catch((error: unknown) =>
          failures.push(error),
        )
      })
      expect(await stateOf(url), `after failing at statement ${k}`).toBe(before)
    }
    expect(failures).toHaveLength(statements + 1)
    const own = failures.filter((error) =>
      /^migration \w+ failed at/.test((error as Error).message),
    )
    expect(own).toHaveLength(engine === 'sqlite' ? 6 : 3)
    expect(own.at(-1)).toMatchObject({
      exitCode: 70,
      message: 'migration 0002_note failed at statement 2 of 2 (XX000); nothing was applied',
    })
  })

  it('by an error of its own SQL ends with 70 and the code of the database', async () => {
    const { url, before } = await prepared()
    const failing = writeMigrations([
      init,
      {
        name: '0001_failing',
        sql: [
          'alter table parents add column note text',
          `insert into parents (id, name) values ('p1', 'again')`,
        ],
      },
    ])
    await withDatabase(url, (database) =>
      expect(migrate(database, readMigrations(engine, failing))).rejects.toMatchObject({
        exitCode: 70,
        message: expect.stringMatching(
          engine === 'sqlite'
            ? /0001_failing failed at statement 2 of 2 \(SQLITE_CONSTRAINT_PRIMARYKEY\)/
            : /0001_failing failed at statement 2 of 2 \(23505\)/,
        ),
      }),
    )
    expect(await stateOf(url)).toBe(before)
  })

  it(`by kill -9 at any statement leaves exactly what was before, and the next start completes (${trials} each)`, async () => {
    const { url, before, statements } = await prepared()
    for (let trial = 0; trial < trials; trial++) {
      for (let k = 0; k <= statements; k++) {
        const [ended] = await startTogether([{ url, folder: both, dieAt: k }])
        expect(ended).toMatchObject({ exitCode: null, signal: 'SIGKILL' })
        expect(await stateOf(url), `after dying at statement ${k}`).toBe(before)
      }
    }
    const [ended] = await startTogether([{ url, folder: both }])
    expect(ended).toMatchObject({ exitCode: 0, applied: ['0001_rebuild', '0002_note'] })
    expect(await ask(url, 'select id, parent, note from children order by id')).toEqual([
      { id: 'c1', parent: 'p1', note: 'c1' },
      { id: 'c2', parent: 'p2', note: 'c2' },
    ])
  }, 600_000)
})

// These wait for real: at the same time, then.
describe.concurrent('a lock held by someone else', () => {
  const first = writeMigrations([init])
  const both = writeMigrations([init, ...next])

  it('is asked for five times, then the start ends with 75', async ({ expect }) => {
    const { url } = await createSqlite()
    await withDatabase(url, async (database) => {
      let tries = 0
      const migration = () => {
        tries++
        return Promise.reject(new DatabaseError('busy', 'locked'))
      }
      const locked = Object.assign(Object.create(database) as typeof database, { migration })
      await expect(migrate(locked, readMigrations('sqlite', first))).rejects.toMatchObject({
        exitCode: 75,
      })
      expect(tries).toBe(5)
    })
  })

  it.each(databases)('is waited for on $engine', async ({ create }) => {
    const { url } = await create()
    const release = await holdLock(url)
    const started = startTogether([{ url, folder: first }])
    await pause(700)
    await release()
    expect(await started).toMatchObject([{ exitCode: 0, applied: ['0000_init'] }])
  })

  it('and never given back ends a process with 75 on SQLite', async ({ expect }) => {
    const { url } = await createSqlite()
    const release = await holdLock(url)
    const [ended] = await startTogether([{ url, folder: first }])
    await release()
    expect(ended).toMatchObject({ exitCode: 75 })
    expect(await introspect(url)).toEqual([])
  }, 120_000)

  it('by an instance that went silent is free after 30 seconds on PostgreSQL', async ({
    expect,
  }) => {
    const { url } = await createPostgres()
    const release = await holdLock(url)
    const [ended] = await startTogether([{ url, folder: first }])
    expect(ended).toMatchObject({ exitCode: 0, applied: ['0000_init'] })
    await expect(release()).rejects.toMatchObject({ name: 'DatabaseError' })
  }, 120_000)

  it('on a table, by a reader on PostgreSQL, ends a process with 75 and nothing is applied', async ({
    expect,
  }) => {
    const { url } = await createPostgres()
    await withDatabase(url, (database) => migrate(database, readMigrations('postgres', first)))
    const before = await stateOf(url)
    const reader = postgres(url, { max: 1, fetch_types: false })
    await reader.unsafe('begin; lock table parents in access share mode').simple()
    const [ended] = await startTogether([{ url, folder: both }])
    // The old instance keeps serving meanwhile.
    expect(await ask(url, 'select id from parents')).toHaveLength(2)
    await reader.end({ timeout: 0 })
    expect(ended).toMatchObject({ exitCode: 75 })
    expect(await stateOf(url)).toBe(before)
  }, 120_000)
})

it.each(databases)(
  'a database that is away on $engine is worth trying again',
  async ({ engine, create }) => {
    const { url } = await create()
    const migrations = readMigrations(engine, writeMigrations([init]))
    await withDatabase(url, async (database) => {
      const faulty = withFault(database, 3, () =>
        Promise.reject(new DatabaseError('unavailable', 'gone')),
      )
      await expect(migrate(faulty, migrations)).rejects.toMatchObject({
        name: 'DatabaseError',
        kind: 'unavailable',
      })
    })
  },
)

/** Has the migration lock, as another instance in the middle of a long migration would; gives the way to let go. */
async function holdLock(url: string): Promise<() => Promise<void>> {
  const database = await openUrl(url)
  const held = Promise.withResolvers<void>()
  const letGo = Promise.withResolvers<void>()
  const holding = database.migration(async () => {
    held.resolve()
    await letGo.promise
    return { commit: true, result: undefined }
  })
  await held.promise
  return async () => {
    letGo.resolve()
    const [ended] = await Promise.allSettled([holding])
    await database.close()
    if (ended.status === 'rejected') throw ended.reason
  }
}
