import { describe, expect, it } from 'vitest'
import { postgresColumns as c } from '../../src/database/tables/postgres.columns.ts'
import { declarations } from '../../src/database/tables/tables.ts'
import { createRegistry, exportedTables, registry } from '../../src/portability/registry.ts'

const data = { class: 'data' as const }

describe('the registry of tables', () => {
  it('has every table once, each after those that it refers to', () => {
    const names = registry.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    expect(registry.map(({ key }) => key)).toEqual(Object.keys(declarations))
    for (const [at, table] of registry.entries()) {
      for (const { references } of table.columns) {
        if (references) expect(names.slice(0, at + 1)).toContain(references.table)
      }
    }
  })

  // Who adds a column or a table sees here what leaves the database with it.
  it('lets these columns leave the database, and no others', () => {
    const listed = exportedTables(true).map(({ name, columns }) => [
      name,
      columns.map(({ key }) => key).join(' '),
    ])
    expect(listed).toEqual([
      [
        'users',
        'id username email role status passwordHash createdAt updatedAt quotaSpecs quotaBytes',
      ],
      [
        'announcements',
        'id title body audience pinned startsAt endsAt authorId revision createdAt updatedAt',
      ],
      [
        'specs',
        'id slug title titleKey summary ownerId visibility tags format latestId open revision createdAt updatedAt',
      ],
      ['documents', 'id outline content'],
      [
        'versions',
        'id specId version state documentId format mediaType bytes valid findings operations createdAt',
      ],
      ['spec_tokens', 'id tokens'],
      ['downloads', 'id count'],
      ['api_tokens', 'id userId name scopes tokenHash createdAt expiresAt'],
      ['invites', 'id role email tokenHash createdBy createdAt expiresAt usedAt usedBy'],
      [
        'audit',
        'id at action outcome actorKind actorId actorName credentialId objectKind objectId objectName address requestId details',
      ],
      ['usage', 'id day route userId requests errors refusals bytesIn bytesOut duration'],
      ['usage_days', 'id requests errors refusals bytesIn bytesOut duration'],
    ])
    const withCredentials = registry.filter(({ credentials }) => credentials.length > 0)
    expect(withCredentials.map(({ name, credentials }) => [name, credentials])).toEqual([
      ['users', ['passwordHash']],
      ['api_tokens', ['tokenHash']],
      ['invites', ['tokenHash']],
    ])
    const onlyCredentials = registry.filter(({ onlyCredential }) => onlyCredential)
    expect(onlyCredentials.map(({ name }) => name)).toEqual(['api_tokens'])
  })

  it('names columns as their keys in snake case: exports of older schemas rely on it', () => {
    for (const { columns } of registry) {
      for (const { key, name } of columns) {
        expect(name).toBe(key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`))
      }
    }
  })

  it('refuses a table without a class, before its parent, or without a key of text', () => {
    const parent = c.table('parents', { id: c.text('id').primaryKey() })
    const child = c.table('children', {
      id: c.text('id').primaryKey(),
      parentId: c.text('parent_id').references(() => parent.id),
    })
    const counted = c.table('counted', { id: c.integer('id').primaryKey() })
    const both = { parents: data, children: data }
    expect(createRegistry({ parents: parent, children: child }, both)).toHaveLength(2)
    expect(() => createRegistry({ parents: parent }, {})).toThrow(/declares no class/)
    expect(() => createRegistry({ children: child, parents: parent }, both)).toThrow(
      /declared after/,
    )
    expect(() => createRegistry({ counted }, { counted: data })).toThrow(/one column of text/)
  })

  it('knows a table that is nothing but a credential', () => {
    const tokens = c.table('tokens', {
      id: c.text('id').primaryKey(),
      secret: c.text('secret').notNull(),
    })
    const declared = { tokens: { ...data, credentials: ['secret'] } }
    expect(createRegistry({ tokens }, declared)[0]?.onlyCredential).toBe(true)
  })
})
