import { gunzipSync, gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import { createPostgres, createSqlite } from '../support/databases.ts'
import {
  check,
  clear,
  dataTables,
  exportOf,
  importInto,
  leftovers,
  ofEveryTable,
  openMigrated,
  reported,
  sha256,
} from './portability.fixture.ts'
import { everyKindOfRow } from './rows.fixture.ts'

const rows = 10_000

describe('an export that goes from engine to engine', () => {
  let sqlite: Database
  let postgres: Database

  beforeAll(async () => {
    sqlite = await openMigrated(createSqlite)
    postgres = await openMigrated(createPostgres)
    await everyKindOfRow(sqlite, rows)
  })

  it('is the same bytes at every station, and twice in a row', async () => {
    const first = await exportOf(sqlite)
    const again = await exportOf(sqlite)
    const counts = { added: rows / 2, changed: 0, same: 0, removed: 0 }
    const report = await importInto(postgres, first)
    expect(report).toEqual({
      dryRun: false,
      mode: 'merge',
      tables: reported({ users: counts, announcements: counts }),
    })
    const second = await exportOf(postgres)
    const back = await openMigrated(createSqlite)
    await importInto(back, second)
    const third = await exportOf(back)
    const forth = await openMigrated(createPostgres)
    await importInto(forth, third)
    expect([again, second, third, await exportOf(forth)].map(sha256)).toEqual(
      Array.from({ length: 4 }, () => sha256(first)),
    )
  }, 120_000)

  it('changes nothing where it is already', async () => {
    const bytes = await exportOf(sqlite)
    const counts = { added: 0, changed: 0, same: rows / 2, removed: 0 }
    for (const mode of ['merge', 'replace'] as const) {
      const report = await importInto(sqlite, bytes, { mode })
      expect(report.tables).toEqual(reported({ users: counts, announcements: counts }))
    }
    expect(sha256(await exportOf(sqlite))).toBe(sha256(bytes))
  })

  it('may be printed otherwise, and gzipped', async () => {
    const bytes = await exportOf(sqlite)
    const pretty = Buffer.from(JSON.stringify(JSON.parse(bytes.toString()), null, '\t \r\n'))
    const compact = Buffer.from(JSON.stringify(JSON.parse(bytes.toString())))
    const spaced = Buffer.concat([Buffer.from('\n\r\t '), bytes, Buffer.from('\r\n \t')])
    for (const other of [pretty, compact, spaced, gzipSync(bytes), gzipSync(pretty)]) {
      const checked = await check(other)
      expect(checked.tables.slice(0, 2).map((table) => table.rows)).toEqual([rows / 2, rows / 2])
      await checked.dispose()
    }
    expect(gunzipSync(gzipSync(bytes)).equals(bytes)).toBe(true)
    expect(leftovers()).toEqual([])
  })

  it('holds a row a line, without a character that ends a line elsewhere', async () => {
    const text = (await exportOf(sqlite)).toString()
    const lines = text.split('\n')
    // A line each for the start and the end, and two around the rows of each table.
    expect(lines).toHaveLength(rows + 2 + 2 * dataTables.length)
    expect(text).not.toMatch(/[\u2028\u2029\r]/)
    for (const line of lines.filter((line) => line.startsWith('{"id"'))) {
      expect(() => JSON.parse(line.replace(/,$/, ''))).not.toThrow()
    }
  })

  it('says nothing but its frame of an empty database', async () => {
    await clear(postgres)
    const text = (await exportOf(postgres)).toString()
    const hash = '[0-9a-f]{64}'
    const listed = (value: string) => dataTables.map((name) => `"${name}":${value}`).join(',')
    expect(text).toMatch(
      new RegExp(
        `^{"format":"holdfast.export/1","schema":{"version":\\d+,"hash":"${hash}"},"tables":{\n` +
          `${dataTables.map((name) => `"${name}":\\[\n]`).join(',\n')}},\n` +
          `"footer":{"rows":{${listed('0')}},"sha256":{${listed(`"${hash}"`)}},` +
          `"credentials":"omitted","total":"${hash}"}}$`,
      ),
    )
    const checked = await check(Buffer.from(text))
    await checked.dispose()
  })

  it('carries hashes that anybody can check', async () => {
    const bytes = await exportOf(sqlite)
    const document = JSON.parse(bytes.toString()) as {
      footer: { total: string; sha256: Record<string, string>; rows: Record<string, number> }
    }
    const text = bytes.toString()
    const start = text.indexOf('"users":[\n') + '"users":[\n'.length
    const users = text.slice(start, text.indexOf('\n]', start))
    expect(document.footer.sha256['users']).toBe(sha256(users))
    expect(document.footer.total).toBe(sha256(text.slice(0, text.lastIndexOf('"footer"'))))
    expect(document.footer.rows).toEqual(
      ofEveryTable({ users: rows / 2, announcements: rows / 2 }, 0),
    )
  })
})
