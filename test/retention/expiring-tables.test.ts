import { getTableConfig, IndexedColumn, type PgTable } from 'drizzle-orm/pg-core'
import { is } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { postgresTables } from '../../src/database/tables/postgres.ts'
import { declarations } from '../../src/database/tables/tables.ts'
import { registry } from '../../src/portability/registry.ts'
import { expiringOf, expiringTables } from '../../src/retention/expiring-tables.ts'

const days = (count: number) => count * 24 * 60 * 60

/** Columns of PostgreSQL, which stand for both dialects, by which an index of theirs begins. */
function indexedFirst(table: PgTable): string[] {
  return getTableConfig(table).indexes.flatMap(({ config }) => {
    const [first] = config.columns
    return is(first, IndexedColumn) && first.name ? [first.name] : []
  })
}

describe('the tables whose rows are kept for a time', () => {
  it('are these, and what a row stays for is what was promised', () => {
    const kept = expiringTables.map(({ table, column, seconds }) => [table, column, seconds])
    const byName = kept.sort(([a = ''], [b = '']) => (a < b ? -1 : 1))
    expect(byName).toEqual([
      ['audit', 'at', days(90)],
      ['idempotency', 'expiresAt', 0],
      ['limits', 'expiresAt', 0],
      ['resets', 'expiresAt', 0],
      ['sessions', 'expiresAt', 0],
      ['tokenUses', 'usedAt', days(365)],
      ['usage', 'day', days(90)],
    ])
  })

  it('are none of data', () => {
    const data = registry.filter((table) => table.class === 'data').map(({ key }) => key)
    expect(data).toEqual(expect.arrayContaining(['users', 'specs', 'apiTokens', 'invites']))
    expect(expiringTables.filter(({ table }) => data.includes(table))).toEqual([])
    const declared = { a: { class: 'data', retention: { column: 'at', seconds: 1 } } } as never
    expect(expiringOf(declared)).toEqual([])
    expect(expiringOf({ a: { class: 'history', retention: 'forever' } })).toEqual([])
  })

  it('are all that the registry says', () => {
    const keys = registry.filter(({ expires }) => expires).map(({ key }) => key)
    expect(expiringTables.map(({ table }) => table)).toEqual(keys)
    expect(new Set(keys).isSubsetOf(new Set(Object.keys(declarations)))).toBe(true)
  })

  it.each(expiringTables.map(({ table, column }) => [table, column] as const))(
    '%s has an index that begins with %s, which is a time',
    (key, column) => {
      const table = registry.find((one) => one.key === key)
      const found = table?.columns.find((one) => one.key === column)
      expect(found).toMatchObject({ type: 'timestamp', nullable: false })
      expect(indexedFirst(postgresTables[key])).toContain(found?.name)
    },
  )

  it('would be found out without such an index', () => {
    expect(indexedFirst(postgresTables.sessions)).not.toContain('created_at')
  })
})
