import { beforeAll, describe, expect, it } from 'vitest'
import { ask } from '../fixtures/migrations/introspect.ts'
import { migrate } from '../../src/database/migrate.ts'
import { readMigrations } from '../../src/database/migrations.ts'
import { withDatabase } from '../fixtures/migrations/open.ts'
import { buildProgram, startTogether, type Ended } from '../fixtures/migrations/processes.ts'
import { writeMigrations, type WrittenMigration } from '../fixtures/migrations/write.ts'
import { databases } from '../support/databases.ts'

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

const addresses = databases.map(({ engine, create }) => ({
  where: engine as string,
  engine,
  address: async () => {
    const { url } = await create()
    return { url, direct: url }
  },
}))

describe.each(addresses)(`${instances} instances at once, on $where`, ({ engine, address }) => {
  const one = writeMigrations([init])
  const two = writeMigrations([init, twice])

  it(`on an empty database: all ready, everything applied once (${trials} times)`, async () => {
    for (let trial = 0; trial < trials; trial++) {
      const { url, direct } = await address()
      const ended = await startAll(url, two)
      expectAllReady(ended, ['0000_init', '0001_again'])
      expect(await counted(direct)).toBe(2)
    }
  }, 600_000)

  it(`on a database that is one behind: likewise (${trials} times)`, async () => {
    for (let trial = 0; trial < trials; trial++) {
      const { url, direct } = await address()
      await withDatabase(direct, (database) => migrate(database, readMigrations(engine, one)))
      const ended = await startAll(url, two)
      expectAllReady(ended, ['0001_again'])
      expect(await counted(direct)).toBe(2)
    }
  }, 600_000)

  it('on a database that has everything: nobody applies anything', async () => {
    const { url, direct } = await address()
    await withDatabase(direct, (database) => migrate(database, readMigrations(engine, two)))
    const ended = await startAll(url, two)
    expect(ended.map(({ exitCode }) => exitCode)).toEqual(Array(instances).fill(0))
    expect(ended.flatMap(({ applied }) => applied)).toEqual([])
    expect(await counted(direct)).toBe(2)
  })
})

describe.each(databases)("the control: drizzle's migrator on $engine", ({ create }) => {
  it('fails for some, or applies a migration more than once', async () => {
    const { url } = await create()
    const failed: boolean[] = []
    // Chance decides who meets whom; three rounds have never been lucky.
    for (const migrations of [
      [init],
      [init, twice],
      [init, twice, { ...twice, name: '0002_again' }],
    ]) {
      const ended = await startAll(url, writeMigrations(migrations), 'drizzle')
      failed.push(ended.some(({ exitCode }) => exitCode !== 0))
    }
    const once = (await counted(url)) === 3
    expect(failed.includes(true) || !once).toBe(true)
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
