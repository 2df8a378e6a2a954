import { describe, expect, it } from 'vitest'
import { migrate } from '../../src/database/migrations/migrate.ts'
import { readManifest, readMigrations } from '../../src/database/migrations/manifest.ts'
import { historical } from '../fixtures/migrations/historical.ts'
import { ask, introspect } from '../fixtures/migrations/introspect.ts'
import { withDatabase } from '../fixtures/migrations/open.ts'
import { searchFor, withoutSearch } from '../fixtures/migrations/search.ts'
import { databases } from '../support/databases.ts'

function statementFor(engine: string, statement: string): string {
  return statement.replaceAll(/bytes'([0-9a-f]*)'/g, (_, hex: string) =>
    engine === 'sqlite' ? `x'${hex}'` : `'\\x${hex}'::bytea`,
  )
}

const names = readManifest().map(({ name }) => name)
const older = Object.keys(historical).map((name) => [names.indexOf(name) + 1, name] as const)

it('every schema before today’s has rows that are kept for this', () => {
  expect(Object.keys(historical)).toEqual(names.slice(0, -1))
})

describe.each(databases)('a database of an older schema on $engine', ({ engine, create }) => {
  /** Everything in the tables and columns that the database has now, whatever comes to them later. */
  async function contentOf(url: string, tables: { name: string; columns: { name: string }[] }[]) {
    const content: Record<string, unknown> = {}
    for (const { name, columns } of tables) {
      const list = columns.map((column) => `"${column.name}"`).join(', ')
      content[name] = await ask(url, `select ${list} from "${name}" order by 1`)
    }
    return content
  }

  async function migrateTo(url: string, version: number) {
    await withDatabase(url, (database) =>
      migrate(database, readMigrations(database.engine).slice(0, version)),
    )
  }

  it.each(older)('%i (%s) comes to today’s with every row as it was', async (version, name) => {
    const { url } = await create()
    await migrateTo(url, version)
    for (const statement of historical[name] ?? []) await ask(url, statementFor(engine, statement))
    // What the search keeps for itself is not declared; it follows from the rest.
    const { tables } = withoutSearch(await introspect(url))
    const before = await contentOf(url, tables)
    for (const { name } of tables) expect((before[name] as []).length, name).toBeGreaterThan(0)

    await migrateTo(url, names.length)

    expect(await contentOf(url, tables)).toEqual(before)
    if (before['spec_tokens']) expect(await searchFor(url, 'store')).toHaveLength(1)
    const { url: fresh } = await create()
    await migrateTo(fresh, names.length)
    expect(withoutSearch(await introspect(url))).toEqual(withoutSearch(await introspect(fresh)))
  })
})
