import { Ajv } from 'ajv'
import formats from 'ajv-formats'
import { describe, expect, it } from 'vitest'
import * as postgresSchema from '../../drizzle/postgres.schema.ts'
import * as sqliteSchema from '../../drizzle/sqlite.schema.ts'
import { migrate } from '../../src/database/migrations/migrate.ts'
import { readMigrations } from '../../src/database/migrations/manifest.ts'
import type { Declaration } from '../../src/database/tables/declaration.ts'
import {
  currentModel,
  describeModel,
  modelHash,
  type ColumnType,
} from '../../src/database/tables/model.ts'
import { postgresTables } from '../../src/database/tables/postgres.ts'
import { declarations, emailPattern, type Tables } from '../../src/database/tables/tables.ts'
import { ask, introspect } from '../fixtures/migrations/introspect.ts'
import { searchObjects, withoutSearch } from '../fixtures/migrations/search.ts'
import { withDatabase } from '../fixtures/migrations/open.ts'
import { databases } from '../support/databases.ts'

const model = describeModel(postgresTables, declarations)

/** What each neutral type is called by the engine that stores it. */
const stored: Record<'sqlite' | 'postgres', Record<ColumnType, string>> = {
  sqlite: {
    text: 'text',
    integer: 'integer',
    boolean: 'integer',
    timestamp: 'text',
    json: 'text',
    document: 'blob',
  },
  postgres: {
    text: 'text C',
    integer: 'bigint',
    boolean: 'boolean',
    timestamp: 'timestamp(3) with time zone',
    json: 'json',
    document: 'bytea',
  },
}

function columnOf(table: keyof Tables, key: string) {
  const name = snakeCase(table)
  return model.tables
    .find((table) => table.name === name)
    ?.columns.find((column) => column.key === key)
}

describe('the declared tables', () => {
  it.each(Object.entries(declarations) as [keyof Tables, Declaration][])(
    '%s declares its class, its retention and columns that exist',
    (name, declaration) => {
      const columns = Object.keys(postgresTables[name])
      expect(declaration.class).toMatch(/^(data|history|transient)$/)
      if (declaration.class !== 'data') {
        const { retention } = declaration
        if (retention !== 'forever') expect(columns).toContain(retention.column)
      }
      const rules = 'rules' in declaration ? Object.keys(declaration.rules ?? {}) : []
      const credentials = 'credentials' in declaration ? (declaration.credentials ?? []) : []
      const immutable = 'immutable' in declaration ? (declaration.immutable ?? []) : []
      for (const column of [...rules, ...credentials, ...immutable])
        expect(columns).toContain(column)
      for (const rule of Object.values(('rules' in declaration && declaration.rules) || {})) {
        if ('after' in rule) expect(columns).toContain(rule.after)
        if ('sha256Of' in rule) expect(columns).toContain(rule.sha256Of)
        if ('bytesOf' in rule) {
          const through = columnOf(name, rule.through)
          const target = model.tables.find((table) => table.name === through?.references?.table)
          expect(target?.columns.map(({ key }) => key)).toContain(rule.bytesOf)
        }
      }
    },
  )

  it('have addresses that the API would take, and no others', () => {
    const api = new Ajv()
    formats.default(api)
    const taken = api.compile({ type: 'string', format: 'email', maxLength: 254 })
    const parts = [
      'a',
      'a.b',
      '.a',
      'a..b',
      "o'n+1",
      'a b',
      'é',
      '',
      '-',
      'b-c',
      'x'.repeat(60),
      '"q"',
    ]
    const domains = [...parts, ...parts.map((part) => `${part}.org`), '[127.0.0.1]', 'a.b-.org']
    for (const mailbox of parts) {
      for (const domain of domains) {
        for (const address of [
          `${mailbox}@${domain}`,
          mailbox + domain,
          `${mailbox}@${domain}\n`,
        ]) {
          expect(emailPattern.test(address), address).toBe(taken(address))
        }
      }
    }
  })

  it('declare every table', () => {
    expect(Object.keys(declarations)).toEqual(Object.keys(postgresTables))
  })

  it('keep credentials in columns that may be null, for an export leaves them out', () => {
    for (const { name, credentials, columns } of model.tables) {
      // Of these it leaves out whole rows.
      if (name === 'api_tokens') continue
      for (const key of credentials) {
        expect(columns.find((column) => column.key === key)?.nullable, `${name}.${key}`).toBe(true)
      }
    }
  })

  it('name every table and every column after its key, in snake_case', () => {
    for (const [index, key] of Object.keys(postgresTables).entries()) {
      const table = model.tables[index]
      expect(table?.name).toBe(snakeCase(key))
      for (const column of table?.columns ?? []) expect(column.name).toBe(snakeCase(column.key))
    }
  })

  it('have one primary key each, which export and import go by', () => {
    for (const { name, columns } of model.tables) {
      expect(columns.filter((column) => column.primaryKey).length, name).toBe(1)
    }
  })

  it('stand after the tables that they refer to', () => {
    const seen = new Set<string>()
    for (const { name, columns } of model.tables) {
      seen.add(name)
      for (const { references } of columns) {
        if (references) expect([...seen], name).toContain(references.table)
      }
    }
  })

  it('are all known to drizzle-kit, in both dialects', () => {
    const all = Object.keys(postgresTables).sort()
    expect(Object.keys(postgresSchema).sort()).toEqual(all)
    expect(Object.keys(sqliteSchema).sort()).toEqual(all)
  })

  it('have the model that the last migration recorded', () => {
    expect(currentModel()).toEqual({
      version: readMigrations('sqlite').length,
      hash: modelHash(model),
    })
  })
})

describe('the model', () => {
  it('changes with an order of columns, a class, a credential and nothing else', () => {
    const hash = modelHash(model)
    expect(modelHash(describeModel({ ...postgresTables }, { ...declarations }))).toBe(hash)
    const asHistory: Declaration = { class: 'history', retention: 'forever' }
    const noCredential: Declaration = { class: 'data' }
    const rulesOnly: Declaration = { ...declarations.users, rules: {} }
    expect(changed({ sessions: asHistory })).not.toBe(hash)
    expect(changed({ users: noCredential })).not.toBe(hash)
    expect(changed({ users: rulesOnly })).toBe(hash)
  })

  function changed(declaration: Partial<Record<keyof Tables, Declaration>>) {
    return modelHash(describeModel(postgresTables, { ...declarations, ...declaration }))
  }
})

describe.each(databases)('after migrating, $engine', ({ engine, create }) => {
  it('has exactly the declared tables, columns, types, keys and references', async () => {
    const { url } = await create()
    await migrateEmpty(url)

    const { tables: found, search } = withoutSearch(await introspect(url))

    expect(search).toEqual(searchObjects[engine])
    const declared = model.tables.map(({ name, columns, unique }) => ({
      name,
      columns: columns.map(({ name, type, nullable, primaryKey }) => ({
        name,
        type: stored[engine][type],
        nullable,
        primaryKey,
      })),
      unique: unique.map((index) => ({ ...index, unique: true })),
      references: columns
        .flatMap(({ name, references }) =>
          references ? [{ column: name, table: references.table, foreign: references.column }] : [],
        )
        .sort((a, b) => (a.column < b.column ? -1 : 1)),
    }))
    expect(
      found.map(({ name, columns, indexes, references }) => ({
        name,
        columns,
        unique: indexes.filter(({ unique }) => unique),
        references: references.map(({ column, table, foreign }) => ({ column, table, foreign })),
      })),
    ).toEqual(declared.sort((a, b) => (a.name < b.name ? -1 : 1)))
  })

  it('sorts text by its bytes', async () => {
    const { url } = await create()
    await migrateEmpty(url)
    const keys = ['a', 'B', 'Z', '_', 'ä', 'ａ', 'é', '😀', '0', 'ab', 'a b', '-']
    for (const key of keys) {
      await ask(url, `insert into settings (key, value) values ('x${key}', '')`)
    }

    const rows = await ask(url, `select key from settings where key <> 'instance_id' order by key`)

    const bytes = keys
      .map((key) => `x${key}`)
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    expect(rows.map(({ key }) => key)).toEqual(bytes)
  })
})

it('both engines have the same indexes and the same actions on references', async () => {
  const [sqlite, postgres] = await Promise.all(
    databases.map(async ({ create }) => {
      const { url } = await create()
      await migrateEmpty(url)
      return withoutSearch(await introspect(url)).tables.map(({ name, indexes, references }) => ({
        name,
        indexes,
        references,
      }))
    }),
  )
  expect(sqlite).toEqual(postgres)
})

async function migrateEmpty(url: string) {
  await withDatabase(url, (database) => migrate(database, readMigrations(database.engine)))
}

function snakeCase(key: string) {
  return key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
