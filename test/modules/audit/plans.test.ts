import BetterSqlite3 from 'better-sqlite3'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AuditFilter } from '../../../src/audit/audit.filter.ts'
import { createAuditList } from '../../../src/audit/audit.list.repository.ts'
import { createQueryable as postgresQueryable } from '../../../src/database/postgres/queryable.ts'
import { createQueryable as sqliteQueryable } from '../../../src/database/sqlite/queryable.ts'
import { databases } from '../../support/databases.ts'
import { startService, type Service } from '../../support/service.ts'
import { addRows, rowOfIndex } from './rows.fixture.ts'

/** A filter, and the index that its statements have to go along. */
const filters: [AuditFilter, string][] = [
  [{}, 'audit_at'],
  [{ actor: 'ada' }, 'audit_actor'],
  [{ action: 'spec.create' }, 'audit_action'],
  [{ action: 'spec' }, 'audit_at'],
  [{ object: 'o-1' }, 'audit_object'],
  [{ outcome: 'refused' }, 'audit_at'],
  [{ requestId: 'request-8' }, 'audit_at'],
  [{ actor: 'ada', action: 'spec.create' }, 'audit_actor'],
  [{ actor: 'ada', object: 'o-1' }, 'audit_object'],
  [{ action: 'spec.create', object: 'o-1', outcome: 'refused' }, 'audit_object'],
  [{ action: 'spec.create', outcome: 'done', requestId: 'request-8' }, 'audit_action'],
  [
    { from: '2026-11-20T10:00:01.000Z', to: '2026-11-20T10:00:03.000Z', requestId: 'request-8' },
    'audit_at',
  ],
]

const reading = /Seq Scan|SCAN/
const sorting = /Sort|TEMP B-TREE/
const place = { at: '2026-11-20T10:00:02.000Z', id: 'row-0001000' }

describe.each(databases)('the statements of the audit log on $engine', ({ engine, create }) => {
  let service: Service
  let explain: (statement: { sql: string; params: unknown[] }, mode: string) => Promise<string>
  let run: (statement: string) => Promise<unknown>
  let close: () => Promise<void> | void

  beforeAll(async () => {
    service = await startService(create)
    await addRows(
      service.app,
      Array.from({ length: 12_000 }, (_, i) => rowOfIndex(i)),
    )
    if (engine === 'sqlite') {
      const file = new BetterSqlite3(service.url.replace('sqlite:///', ''))
      close = () => void file.close()
      run = (statement) => Promise.resolve(file.exec(statement))
      explain = ({ sql, params }) => {
        const rows = file.prepare(`explain query plan ${sql}`).all(params)
        return Promise.resolve((rows as { detail: string }[]).map((row) => row.detail).join('\n'))
      }
    } else {
      const client = postgres(service.url, { max: 1, onnotice: () => undefined })
      close = () => client.end()
      run = (statement) => client.unsafe(statement)
      explain = async ({ sql, params }, mode) => {
        await client.unsafe(`set plan_cache_mode = ${mode}`)
        await client.unsafe(`prepare asked as ${sql}`)
        const values = params.map((value) => `'${String(value).replaceAll("'", "''")}'`).join(', ')
        const rows = await client.unsafe(`explain execute asked${values && `(${values})`}`)
        await client.unsafe('deallocate asked')
        return rows.map((row) => String(row['QUERY PLAN'])).join('\n')
      }
    }
  }, 60_000)
  afterAll(() => close())

  /** What a page of the list runs. */
  async function statementsOf(filter: AuditFilter) {
    const seen: { sql: string; params: unknown[] }[] = []
    const make = engine === 'sqlite' ? sqliteQueryable : postgresQueryable
    const db = make((sql, params) => {
      seen.push({ sql, params })
      return Promise.resolve({ rows: [] })
    })
    await createAuditList(db, service.app.database.tables).list(filter, 21, place)
    return seen
  }

  // First without statistics, as after an import; then with them.
  describe.each(['no statistics', 'statistics'])('with %s', (statistics) => {
    beforeAll(async () => {
      if (statistics === 'statistics') await run(engine === 'sqlite' ? 'analyze' : 'vacuum analyze')
    })

    const modes = engine === 'sqlite' ? ['any'] : ['force_generic_plan', 'force_custom_plan']
    const cases = filters.flatMap(([filter, index]) =>
      modes.map((mode) => [JSON.stringify(filter), mode, filter, index] as const),
    )

    it.each(cases)('go along an index by %s (%s)', async (_title, mode, filter, index) => {
      const [walk, filtered] = await statementsOf(filter)
      const plan = await explain(walk!, mode)
      expect(plan).toMatch(new RegExp(`\\b${index}\\b`))
      expect(plan).not.toMatch(reading)
      // PostgreSQL takes a table of which it knows nothing for a small one; that passes by itself.
      if (engine === 'sqlite' || statistics === 'statistics') expect(plan).not.toMatch(sorting)
      if (!filtered) return
      // Of one stride, which ends where the walk said: there are so few that they may be sorted.
      const found = await explain(filtered, mode)
      expect(found).toMatch(/\baudit_(?:at|actor|action|object)\b/)
      expect(found).not.toMatch(reading)
    })
  })

  it('would be found out: the control', async () => {
    const plan = await explain(
      { sql: `select * from audit where request_id = 'x' order by outcome`, params: [] },
      'force_custom_plan',
    )
    expect(plan).toMatch(reading)
    expect(plan).toMatch(sorting)
  })
})
