import { beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import { ask } from '../fixtures/migrations/introspect.ts'
import { createPostgres, createSqlite } from '../support/databases.ts'
import { specs } from '../support/specs.ts'
import {
  addUsers,
  exportOf,
  idOf,
  importInto,
  openMigrated,
  passwordHashOf,
  sha256,
  urlOf,
} from './portability.fixture.ts'
import { checked, publishAll } from './specs.fixture.ts'

const real = specs('real')
const history = { history: true }

describe('an export with all real documents, from engine to engine', () => {
  let sqlite: Database
  let stations: Database[]

  beforeAll(async () => {
    sqlite = await openMigrated(createSqlite)
    const owners = [idOf(1), idOf(2)]
    await addUsers(
      sqlite,
      { id: idOf(1), username: 'admin', role: 'admin', passwordHash: passwordHashOf() },
      { id: idOf(2), username: 'ada' },
    )
    await publishAll(
      sqlite,
      real.map((spec) => ({ ...spec, document: checked(spec) })),
      owners,
    )
    stations = [
      await openMigrated(createPostgres),
      await openMigrated(createSqlite),
      await openMigrated(createPostgres),
    ]
  }, 300_000)

  it('is the same bytes at every station, and twice in a row', async () => {
    const first = await exportOf(sqlite, history)
    const plain = sha256(await exportOf(sqlite))
    let bytes = first
    for (const station of stations) {
      const { tables } = await importInto(station, bytes)
      expect(tables['versions']?.added).toBe(real.length)
      bytes = await exportOf(station, history)
      expect(sha256(bytes)).toBe(sha256(first))
      expect(sha256(await exportOf(station))).toBe(plain)
    }
    expect(sha256(await exportOf(sqlite, history))).toBe(sha256(first))
  }, 300_000)

  it('leaves every document as it was sent, and its stored bytes as they were stored', async () => {
    const before = await contents(sqlite)
    for (const station of stations) {
      const after = await contents(station)
      expect(after.size).toBe(before.size)
      for (const [id, content] of before) expect(after.get(id)?.equals(content), id).toBe(true)
    }
    expect([...before.keys()].sort()).toEqual([...new Set(real.map((spec) => spec.sha256))].sort())
  }, 60_000)

  it('changes nothing where it is already', async () => {
    const published = new Set([
      'users',
      'specs',
      'documents',
      'versions',
      'spec_tokens',
      'downloads',
    ])
    // Only the first has the password that a replacing import asks for.
    for (const [at, station] of [sqlite, stations[0] as Database].entries()) {
      const bytes = await exportOf(station, history)
      for (const mode of at === 0 ? (['merge', 'replace'] as const) : (['merge'] as const)) {
        const { tables } = await importInto(station, bytes, { mode })
        for (const [name, { same, ...others }] of Object.entries(tables)) {
          expect(others, `${name} at ${at}`).toEqual({ added: 0, changed: 0, removed: 0 })
          expect(same > 0, name).toBe(published.has(name))
        }
      }
      expect(sha256(await exportOf(station, history))).toBe(sha256(bytes))
    }
  }, 300_000)

  it('control: a row that is stored otherwise gives other bytes', async () => {
    const station = stations[2] as Database
    const before = sha256(await exportOf(station))
    await ask(
      urlOf(station),
      `update documents set outline = '{"title":"x"}' where id = (select min(id) from documents)`,
    )
    expect(sha256(await exportOf(station))).not.toBe(before)
  })
})

async function contents(database: Database): Promise<Map<string, Buffer>> {
  const { documents } = database.tables
  const rows = await database.db
    .select({ id: documents.id, content: documents.content })
    .from(documents)
  return new Map(rows.map(({ id, content }) => [id, Buffer.from(content)]))
}
