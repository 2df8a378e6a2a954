import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { ask } from '../fixtures/migrations/introspect.ts'
import { migrate } from '../../src/database/migrations/migrate.ts'
import { readMigrations } from '../../src/database/migrations/manifest.ts'
import { withDatabase } from '../fixtures/migrations/open.ts'
import { buildProgram, startTogether, type Ended } from '../fixtures/migrations/processes.ts'
import { writeMigrations, type WrittenMigration } from '../fixtures/migrations/write.ts'
import { createPostgres, databases } from '../support/databases.ts'
import { pgbouncer, startPgBouncer } from '../support/pgbouncer.ts'

const trials = Number(process.env.HOLDFAST_TRIALS ?? 1)
const instances = 20

const init: WrittenMigration = {
  name: '0000_init',
  sql: ['create table counted (id text)', `insert into counted values ('once')`],
}
const twice: WrittenMigration = {
  name: '0001_again',
  sql: [`insert into counted values ('once more')`],
}

beforeAll(buildProgram)

/** An empty database: its address for the instances, and the one to look at it afterwards. */
type Create = () => Promise<{ url: string; direct: string }>

describe.each(databases)(`${instances} instances at once on $engine`, ({ engine, create }) => {
  startsTogether(engine, async () => {
    const { url } = await create()
    return { url, direct: url }
  })
})

// `apt-get install pgbouncer` where it is missing.
describe.skipIf(!pgbouncer)(`${instances} instances at once through PgBouncer`, () => {
  let pooler: Awaited<ReturnType<typeof startPgBouncer>>
  beforeAll(async () => {
    pooler = await startPgBouncer({ url: inject('postgresUrl'), mode: 'transaction', poolSize: 2 })
  })
  afterAll(() => pooler.stop())

  startsTogether('postgres', async () => {
    const { url: direct } = await createPostgres()
    const url = new URL(pooler.url)
    url.pathname = new URL(direct).pathname
    return { url: url.href, direct }
  })
})

function startsTogether(engine: 'sqlite' | 'postgres', create: Create) {
  const one = writeMigrations([init])
  const two = writeMigrations([init, twice])

  it(`on an empty database: all ready, everything applied once (${trials} times)`, async () => {
    for (let trial = 0; trial < trials; trial++) {
      const { url, direct } = await create()
      expectAllReady(await startAll(url, two), ['0000_init', '0001_again'])
      expect(await counted(direct)).toBe(2)
    }
  }, 600_000)

  it(`on a database that is one behind: likewise (${trials} times)`, async () => {
    for (let trial = 0; trial < trials; trial++) {
      const { url, direct } = await create()
      await withDatabase(direct, (database) => migrate(database, readMigrations(engine, one)))
      expectAllReady(await startAll(url, two), ['0001_again'])
      expect(await counted(direct)).toBe(2)
    }
  }, 600_000)

  it('on a database that has everything: nobody applies anything', async () => {
    const { url, direct } = await create()
    await withDatabase(direct, (database) => migrate(database, readMigrations(engine, two)))
    expectAllReady(await startAll(url, two), [])
    expect(await counted(direct)).toBe(2)
  }, 60_000)
}

describe.each(databases)("the control: drizzle's migrator on $engine", ({ create }) => {
  it('fails for some, or applies a migration more than once', async () => {
    const { url } = await create()
    const again = Array.from({ length: 10 }, (_, i) => ({ ...twice, name: `00${i + 10}_again` }))
    const rounds = [init, twice, ...again]
    // Chance decides who meets whom; a busy machine was lucky for three rounds.
    for (let round = 1; round <= rounds.length; round++) {
      const folder = writeMigrations(rounds.slice(0, round))
      const ended = await startAll(url, folder, 'drizzle')
      const failed = ended.some(({ exitCode }) => exitCode !== 0)
      if (failed || (await counted(url)) !== round) return
    }
    expect.fail('every instance was ready, and everything applied once')
  }, 120_000)
})

function startAll(url: string, folder: string, by: 'ours' | 'drizzle' = 'ours') {
  return startTogether(Array.from({ length: instances }, () => ({ url, folder, by })))
}

function expectAllReady(ended: Ended[], applied: string[]) {
  expect(ended.filter(({ exitCode }) => exitCode !== 0)).toEqual([])
  expect(ended.flatMap((one) => one.applied)).toEqual(applied)
}

async function counted(url: string) {
  return (await ask(url, 'select * from counted')).length
}
