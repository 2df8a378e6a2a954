import { beforeEach, describe, expect, it } from 'vitest'
import { parseSecretKeys } from '../../src/config/secret-keys.ts'
import type { Database } from '../../src/database/database.ts'
import { readManifest } from '../../src/database/migrations/manifest.ts'
import { registry, tableOf } from '../../src/portability/registry.ts'
import { createPostgres, createSqlite, databases } from '../support/databases.ts'
import {
  addPeople,
  auditRow,
  inviteId,
  inviteRow,
  person,
  personId,
  secrets,
  tokenId,
  tokenRow,
  usedInvite,
} from './people.fixture.ts'
import {
  addUsers,
  check,
  clear,
  documentOf,
  exportOf,
  idOf,
  importInto,
  leftovers,
  openMigrated,
  passwordHashOf,
  refusalOf,
  type Row,
  sha256,
} from './portability.fixture.ts'

const secretKeys = parseSecretKeys(
  'k2:the second secret key of these tests,k1:the first secret key of these tests',
)
const otherKeys = parseSecretKeys('k9:a secret key that has nothing to do with it')
const transient = ['sessions', 'token_uses', 'resets', 'limits', 'jobs', 'idempotency', 'settings']

const ways = [true, false].flatMap((sealed) =>
  [true, false].map((history) => ({ sealed, history })),
)

describe('people, and what they did, from engine to engine', () => {
  it.each(ways)(
    'are the same bytes at every station: sealed $sealed, history $history',
    async ({ sealed, history }) => {
      const options = { history, ...(sealed && { secretKeys }) }
      const start = await openMigrated(createSqlite)
      await addPeople(start)
      const first = await exportOf(start, options)
      const seen = [sha256(await exportOf(start, options))]
      let last = first
      for (const create of [createPostgres, createSqlite, createPostgres]) {
        const station = await openMigrated(create)
        await importInto(station, last, { secretKeys })
        last = await exportOf(station, options)
        seen.push(sha256(last))
        for (const mode of ['merge', 'replace'] as const) {
          if (mode === 'replace' && !sealed) continue
          const { tables } = await importInto(station, last, { mode, secretKeys })
          for (const [name, { same: _, ...others }] of Object.entries(tables)) {
            expect(others, name).toEqual({ added: 0, changed: 0, removed: 0 })
          }
        }
        seen.push(sha256(await exportOf(station, options)))
      }
      expect(seen).toEqual(seen.map(() => sha256(first)))
      const { tables, footer } = JSON.parse(first.toString()) as {
        tables: Record<string, Row[]>
        footer: { credentials: string; rows: Record<string, number> }
      }
      expect(footer.credentials).toBe(sealed ? 'sealed' : 'omitted')
      expect(tables['api_tokens']).toHaveLength(sealed ? 3 : 0)
      expect(tables['invites']).toHaveLength(4)
      expect(Object.keys(tables).includes('audit')).toBe(history)
    },
    60_000,
  )
})

describe.each(databases)('people in an export and an import on $engine', ({ create }) => {
  let database: Database

  beforeEach(async () => {
    database ??= await openMigrated(create)
    await clear(database)
    await addPeople(database)
  })

  const all = {
    users: () => database.db.select().from(database.tables.users),
    apiTokens: () => database.db.select().from(database.tables.apiTokens),
    invites: () => database.db.select().from(database.tables.invites),
    sessions: () => database.db.select().from(database.tables.sessions),
    resets: () => database.db.select().from(database.tables.resets),
    audit: () => database.db.select().from(database.tables.audit),
    usage: () => database.db.select().from(database.tables.usage),
  }

  async function tokens() {
    const rows = await all.apiTokens()
    return rows.map(({ id, userId }) => [id, userId]).toSorted(byFirst)
  }

  async function invite(number: number) {
    return (await all.invites()).find(({ id }) => id === inviteId(number))
  }

  it('leave no hash, no key and nothing of a transient table in an export (security 3.8)', async () => {
    for (const options of [{ history: true }, { history: true, secretKeys }]) {
      const text = (await exportOf(database, options)).toString()
      for (const secret of [...secrets, ...secretKeys.map(({ secret }) => secret)]) {
        expect(text).not.toContain(secret)
      }
      expect(text).not.toMatch(/argon2|hf_/)
      for (const name of transient) expect(text).not.toContain(`"${name}"`)
    }
  })

  it('bring neither sessions nor resets; replacing ends those that are there', async () => {
    const bytes = await exportOf(database, { secretKeys, history: true })
    await importInto(database, bytes, { secretKeys })
    expect([(await all.sessions()).length, (await all.resets()).length]).toEqual([1, 1])
    await importInto(database, bytes, { secretKeys, mode: 'replace' })
    expect([await all.sessions(), await all.resets()]).toEqual([[], []])
  })

  it('are refused whole under another key, which is named (D13, security 3.7)', async () => {
    const bytes = await exportOf(database, { secretKeys })
    const target = await openMigrated(create)
    await addUsers(target, { id: idOf(9), username: 'here', role: 'admin' })
    const before = await exportOf(target, { history: true })
    for (const keys of [otherKeys, []]) {
      for (const mode of ['merge', 'replace'] as const) {
        const refused = importInto(target, bytes, { secretKeys: keys, mode })
        await expect(refused).rejects.toThrow(/\bk2\b/)
        expect(await refusalOf(refused)).toBe('import_unknown_key')
      }
    }
    expect((await exportOf(target, { history: true })).equals(before)).toBe(true)
    expect(leftovers()).toEqual([])
  })

  it('are refused when a hash was put at another row', async () => {
    const exported = JSON.parse((await exportOf(database, { secretKeys })).toString()) as {
      tables: Record<string, Row[]>
    }
    const [one, two] = exported.tables['api_tokens'] as [Row, Row]
    ;[one['tokenHash'], two['tokenHash']] = [two['tokenHash'], one['tokenHash']]
    const bytes = documentOf(exported.tables, { credentials: 'sealed' })
    expect(await refusalOf(check(bytes, { secretKeys }))).toBe('import_wrong_key')
  })

  describe('without credentials', () => {
    it('leave tokens and hashes alone that are here', async () => {
      const bytes = await exportOf(database)
      for (const mode of ['merge', 'replace'] as const) {
        await importInto(database, bytes, { mode })
        expect(await tokens()).toHaveLength(3)
        expect((await invite(1))?.tokenHash).toBe(inviteRow(1).tokenHash)
      }
    })

    it('take the tokens of those away whom they replace', async () => {
      const users = [1, 2].map((number) => person(number, { passwordHash: null }))
      await importInto(database, documentOf({ users, invites: [] }), { mode: 'replace' })
      expect(await tokens()).toEqual([1, 2].map((number) => [tokenId(number), personId(number)]))
      expect(await all.invites()).toEqual([])
    })
  })

  describe('merged', () => {
    it('a token goes to the user to whom its own one is mapped, and so does an invite', async () => {
      const bytes = await exportOf(database, { secretKeys })
      const target = await openMigrated(create)
      const here = idOf(77)
      await addUsers(
        target,
        { id: here, username: 'person-1', role: 'admin', passwordHash: passwordHashOf(9) },
        { id: idOf(78), username: 'person-2' },
      )
      await importInto(target, bytes, { secretKeys, mapUsers: true })
      const { apiTokens, invites } = target.tables
      const owners = Object.fromEntries(
        (await target.db.select().from(apiTokens)).map(({ id, userId }) => [id, userId]),
      )
      expect(owners).toEqual({
        [tokenId(1)]: here,
        [tokenId(2)]: idOf(78),
        [tokenId(3)]: personId(3),
      })
      const found = await target.db.select().from(invites)
      expect(new Set(found.map(({ createdBy }) => createdBy))).toEqual(new Set([here]))
      expect(found.find(({ id }) => id === inviteId(3))?.usedBy).toBe(idOf(78))
      // Again, it is all there.
      const { tables } = await importInto(target, bytes, { secretKeys, mapUsers: true })
      expect(tables['api_tokens']).toEqual({ added: 0, changed: 0, same: 3, removed: 0 })
      expect(tables['invites']).toEqual({ added: 0, changed: 0, same: 4, removed: 0 })
    })

    it('a token never changes hands', async () => {
      const exported = JSON.parse((await exportOf(database, { secretKeys })).toString()) as {
        tables: Record<string, Row[]>
      }
      exported.tables['api_tokens']![1]!['userId'] = personId(3)
      const bytes = documentOf(exported.tables, { credentials: 'sealed' })
      expect(await refusalOf(importInto(database, bytes, { secretKeys }))).toBe('import_immutable')
      expect(await tokens()).toHaveLength(3)
    })

    it('an invite that was used here stays used, and has no token again (security 3.6)', async () => {
      const before = await exportOf(database, { secretKeys })
      await database.unitOfWork({}, async (tx) => {
        await tx.delete(database.tables.invites)
        await tx.insert(database.tables.invites).values(usedInvite(1))
      })
      await importInto(database, before, { secretKeys })
      expect(await invite(1)).toMatchObject({ tokenHash: null, usedBy: personId(2) })
      expect((await invite(1))?.usedAt).toBe(usedInvite(1).usedAt)
      expect((await invite(2))?.tokenHash).toBe(inviteRow(2).tokenHash)
    })

    it('an invite that was used elsewhere is used here, too', async () => {
      await database.unitOfWork({}, async (tx) => {
        await tx.delete(database.tables.invites)
        await tx.insert(database.tables.invites).values(usedInvite(1))
      })
      const after = await exportOf(database, { secretKeys })
      await clear(database)
      await addPeople(database)
      await importInto(database, after, { secretKeys })
      expect(await invite(1)).toMatchObject({ tokenHash: null, usedBy: personId(2) })
    })

    it('a used invite that brings a token comes without it', async () => {
      const exported = JSON.parse((await exportOf(database, { secretKeys })).toString()) as {
        tables: Record<string, Row[]>
      }
      const [row] = exported.tables['invites'] as [Row]
      Object.assign(row, { usedAt: row['createdAt'], usedBy: personId(2) })
      const bytes = documentOf(exported.tables, { credentials: 'sealed' })
      for (const target of [database, await openMigrated(create)]) {
        await importInto(target, bytes, { secretKeys })
        const found = await target.db.select().from(target.tables.invites)
        expect(found.find(({ id }) => id === inviteId(1))).toMatchObject({ tokenHash: null })
      }
    })

    it('another password ends the sessions and resets of its user, and of nobody else (security 3.1.2)', async () => {
      const same = await exportOf(database, { secretKeys })
      await importInto(database, same, { secretKeys })
      expect(await all.sessions()).toHaveLength(1)
      const other = await openMigrated(create)
      await addUsers(other, { ...person(1), passwordHash: passwordHashOf(99) }, person(2))
      await importInto(database, await exportOf(other, { secretKeys }), { secretKeys })
      expect([await all.sessions(), await all.resets()]).toEqual([[], []])
      expect((await all.users()).find(({ id }) => id === personId(1))?.passwordHash).toBe(
        passwordHashOf(99),
      )
    })

    it('the bootstrap administrator hands on his session, tokens and invites', async () => {
      const bytes = await exportOf(database, { secretKeys })
      const target = await openMigrated(create)
      const t = target.tables
      const mine = { id: idOf(50), username: 'person-1', role: 'admin' as const }
      await addUsers(target, { ...mine, passwordHash: passwordHashOf(50) })
      await target.unitOfWork({}, async (tx) => {
        await tx.insert(t.settings).values({ key: 'bootstrap_admin', value: mine.id })
        await tx.insert(t.apiTokens).values(tokenRow(51, { userId: mine.id }))
        await tx.insert(t.invites).values(inviteRow(52, { createdBy: mine.id }))
      })
      await importInto(target, bytes, { secretKeys })
      const users = await target.db.select().from(t.users)
      expect(users.find(({ username }) => username === 'person-1')).toMatchObject({
        id: personId(1),
        passwordHash: passwordHashOf(50),
      })
      expect(users).toHaveLength(3)
      const kept = (await target.db.select().from(t.apiTokens)).map(({ id, userId }) => [
        id,
        userId,
      ])
      expect(kept).toContainEqual([tokenId(51), personId(1)])
      expect(kept).toContainEqual([tokenId(1), personId(1)])
      const invites = await target.db.select().from(t.invites)
      expect(invites.find(({ id }) => id === inviteId(52))?.createdBy).toBe(personId(1))
    })
  })

  it('an import that replaces takes nothing away of what was done', async () => {
    const other = await openMigrated(create)
    await addPeople(other)
    await other.unitOfWork({}, async (tx) => {
      await tx.delete(other.tables.audit)
      await tx.insert(other.tables.audit).values(auditRow(9))
    })
    const bytes = await exportOf(other, { secretKeys, history: true })
    const { tables } = await importInto(database, bytes, { secretKeys, mode: 'replace' })
    expect(tables['audit']).toEqual({ added: 1, changed: 0, same: 0, removed: 0 })
    expect(new Set((await all.audit()).map(({ id }) => id))).toEqual(
      new Set([1, 2, 9].map((number) => auditRow(number).id)),
    )
  })

  describe('of the schema before them', () => {
    const [, specs] = readManifest()
    const released = (tables: Record<string, Row[]>) => {
      const empty = ['specs', 'documents', 'versions', 'spec_tokens'].map((name) => [name, []])
      const whole = { users: [], announcements: [], ...Object.fromEntries(empty), ...tables }
      return documentOf(whole, { schema: { version: 2, hash: specs?.model ?? '' }, all: true })
    }
    const olderUser = (number: number) => {
      const { quotaSpecs: _, quotaBytes: __, ...row } = person(number, { passwordHash: null })
      return row
    }

    it('come in, and take no token, no invite, no quota and no password away', async () => {
      const before = await exportOf(database, { secretKeys, history: true })
      const bytes = released({ users: [1, 2, 3].map(olderUser) })
      const { tables } = await importInto(database, bytes)
      expect(tables['users']).toEqual({ added: 0, changed: 0, same: 3, removed: 0 })
      expect((await exportOf(database, { secretKeys, history: true })).equals(before)).toBe(true)
    })

    it('replace people, and leave the history alone that their schema did not have', async () => {
      const bytes = released({ users: [1, 2].map(olderUser), downloads: [] })
      const report = await importInto(database, bytes, { mode: 'replace' })
      expect(report.tables['users']).toMatchObject({ removed: 1 })
      expect(report.tables).not.toHaveProperty('audit')
      expect(await all.audit()).toHaveLength(2)
      expect(await all.usage()).toHaveLength(1)
    })
  })

  it('every table has rows in these tests', async () => {
    const others = ['announcements', 'specs', 'documents', 'versions', 'spec_tokens', 'downloads']
    for (const table of registry) {
      if ([...others, 'idempotency', 'settings'].includes(table.name)) continue
      const rows = await database.db.select().from(tableOf(database, table))
      expect(rows.length, table.name).toBeGreaterThan(0)
    }
  })
})

function byFirst([one = '']: string[], [other = '']: string[]): number {
  return one < other ? -1 : 1
}
