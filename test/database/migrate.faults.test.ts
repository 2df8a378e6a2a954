import { setTimeout as pause } from 'node:timers/promises'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { DatabaseError } from '../../src/database/database.errors.ts'
import { migrate } from '../../src/database/migrate.ts'
import { readMigrations } from '../../src/database/migrations.ts'
import { counting, withFault } from '../fixtures/migrations/fault.ts'
import { ask, introspect, stateOf } from '../fixtures/migrations/introspect.ts'
import { openUrl, withDatabase } from '../fixtures/migrations/open.ts'
import { buildProgram, startTogether } from '../fixtures/migrations/processes.ts'
import { writeMigrations, type WrittenMigration } from '../fixtures/migrations/write.ts'
import { databases } from '../support/databases.ts'

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

describe.each(databases)('a lock held by someone else on $engine', ({ engine, create }) => {
  const folder = writeMigrations([init])

  it('ends with 75 after five tries, and nothing was touched', async () => {
    const { url } = await create()
    await withDatabase(url, async (database) => {
      // The dialect's own wait is tested with the dialect; here it has passed five times.
      const tries = vi.fn(() => Promise.reject(new DatabaseError('busy', 'locked')))
      const locked = Object.assign(Object.create(database) as typeof database, { migration: tries })
      await expect(migrate(locked, readMigrations(engine, folder))).rejects.toMatchObject({
        exitCode: 75,
      })
      expect(tries).toHaveBeenCalledTimes(5)
    })
  }, 30_000)

  it('is waited for', async () => {
    const { url } = await create()
    const release = await holdLock(url)
    const started = startTogether([{ url, folder }])
    await pause(700)
    await release()
    expect(await started).toMatchObject([{ exitCode: 0, applied: ['0000_init'] }])
  })

  it('that is never given back ends a real process with 75', async () => {
    const { url } = await create()
    const release = await holdLock(url)
    const [ended] = await startTogether([{ url, folder }])
    await release()
    expect(ended).toMatchObject({ exitCode: 75 })
    expect(await introspect(url)).toEqual([])
  }, 120_000)

  it('passes unavailable on, to be tried again with back-off', async () => {
    const { url } = await create()
    await withDatabase(url, async (database) => {
      const gone = () => Promise.reject(new DatabaseError('unavailable', 'gone'))
      const faulty = withFault(database, 3, gone)
      await expect(migrate(faulty, readMigrations(engine, folder))).rejects.toMatchObject({
        name: 'DatabaseError',
        kind: 'unavailable',
      })
    })
  })
})

/** Has the migration lock, as another instance in the middle of a long migration would; gives the way to let go. */
async function holdLock(url: string): Promise<() => Promise<void>> {
  const database = await openUrl(url)
  const held = Promise.withResolvers<void>()
  const letGo = Promise.withResolvers<void>()
  const holding = database.migration(async () => {
    held.resolve()
    await letGo.promise
    return { commit: false, result: undefined }
  })
  await held.promise
  return async () => {
    letGo.resolve()
    await holding
    await database.close()
  }
}
