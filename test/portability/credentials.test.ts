import { eq } from 'drizzle-orm'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import { open, seal } from '../../src/portability/format/seal.ts'
import { ImportError } from '../../src/portability/portability.errors.ts'
import { parseSecretKeys } from '../../src/config/secret-keys.ts'
import { createPostgres, createSqlite, databases } from '../support/databases.ts'
import {
  addUsers,
  check,
  clear,
  documentOf,
  exportOf,
  idOf,
  importInto,
  openMigrated,
  passwordHashOf,
  refusalOf,
  userRow,
} from './portability.fixture.ts'

const keys = parseSecretKeys(`k2:${'second '.repeat(6)},k1:${'first '.repeat(6)}`)
const [k2, k1] = keys as [(typeof keys)[0], (typeof keys)[0]]
const place = { table: 'users', column: 'password_hash', id: idOf(1) }
const hash = passwordHashOf()

describe('a sealed credential', () => {
  it('is the same text each time, and opens at its place', () => {
    const sealed = seal(hash, place, k2)
    expect(sealed).toMatch(/^sealed:1:k2:[\w-]+$/)
    expect(sealed).not.toContain('argon2')
    expect(seal(hash, place, k2)).toBe(sealed)
    expect(open(sealed, place, keys)).toBe(hash)
  })

  it('is another text for another credential, place or key', () => {
    const others = [
      seal(`${hash}x`, place, k2),
      seal(hash, { ...place, id: idOf(2) }, k2),
      seal(hash, { ...place, column: 'other' }, k2),
      seal(hash, place, k1),
      seal(hash, place, { id: 'k2', secret: k1.secret }),
    ]
    const nonces = others.map((text) => text.split(':')[3]?.slice(0, 16))
    expect(new Set([...nonces, seal(hash, place, k2).split(':')[3]?.slice(0, 16)]).size).toBe(6)
  })

  it('opens nowhere else, under no other key, and not when a bit of it is another (security 3.7)', () => {
    const sealed = seal(hash, place, k2)
    const body = Buffer.from(sealed.split(':')[3] as string, 'base64url')
    for (let bit = 0; bit < body.length * 8; bit++) {
      const flipped = Buffer.from(body)
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
      expect(() => open(`sealed:1:k2:${flipped.toString('base64url')}`, place, keys)).toThrow(
        ImportError,
      )
    }
    for (const other of [
      { ...place, id: idOf(2) },
      { ...place, column: 'other' },
      { ...place, table: 'others' },
    ]) {
      expect(() => open(sealed, other, keys)).toThrow(/another row/)
    }
    expect(() => open(sealed, place, [{ id: 'k2', secret: k1.secret }])).toThrow(/another key/)
    expect(() => open(sealed, place, [k1])).toThrow(/key k2, which is not in SECRET_KEYS/)
  })

  it('is refused when it is malformed', () => {
    for (const text of [
      'sealed:1:',
      'sealed:1:k2',
      'sealed:1:k2:',
      'sealed:1:k2:AAAA',
      'sealed:1:k 2:AAAA',
    ]) {
      expect(() => open(text, place, keys), text).toThrow(ImportError)
    }
  })
})

describe.each(databases)('credentials of an export on $engine', ({ create }) => {
  let database: Database

  async function hashOf(id: string): Promise<string | null | undefined> {
    const { users } = database.tables
    const rows = await database.db.select().from(users).where(eq(users.id, id))
    return rows[0]?.passwordHash
  }

  beforeEach(async () => {
    database ??= await openMigrated(create)
    await clear(database)
    await addUsers(
      database,
      { id: idOf(1), username: 'ada', role: 'admin', passwordHash: hash },
      { id: idOf(2), username: 'bob', passwordHash: `${hash}2` },
      { id: idOf(3), username: 'eve' },
    )
  })

  it('are sealed with the first key, and come back with any of them', async () => {
    const bytes = await exportOf(database, { secretKeys: keys })
    const text = bytes.toString()
    expect(text).not.toContain('argon2')
    expect(text).toContain('"credentials":"sealed"')
    expect(text.match(/sealed:1:k2:/g)).toHaveLength(2)
    await clear(database)
    await importInto(database, bytes, { mode: 'replace', secretKeys: [k1, k2] })
    expect([await hashOf(idOf(1)), await hashOf(idOf(2)), await hashOf(idOf(3))]).toEqual([
      hash,
      `${hash}2`,
      null,
    ])
    expect((await exportOf(database, { secretKeys: keys })).equals(bytes)).toBe(true)
  })

  it('are left out without keys, and those that are there stay', async () => {
    const bytes = await exportOf(database)
    expect(bytes.toString()).toContain('"credentials":"omitted"')
    expect(bytes.toString()).not.toContain('argon2')
    for (const mode of ['merge', 'replace'] as const) {
      const report = await importInto(database, bytes, { mode })
      expect(report.tables['users']).toMatchObject({ same: 3, changed: 0 })
      expect(await hashOf(idOf(1))).toBe(hash)
    }
  })

  it('are never taken away by a merge; a replacement is exact', async () => {
    const users = [
      userRow({ id: idOf(1), username: 'ada', role: 'admin', passwordHash: seal(hash, place, k1) }),
      userRow({ id: idOf(2), username: 'bob' }),
    ]
    const bytes = documentOf({ users, announcements: [] }, { credentials: 'sealed' })
    await importInto(database, bytes, { secretKeys: keys })
    expect(await hashOf(idOf(2))).toBe(`${hash}2`)
    await importInto(database, bytes, { secretKeys: keys, mode: 'replace' })
    expect(await hashOf(idOf(1))).toBe(hash)
    expect(await hashOf(idOf(2))).toBeNull()
  })

  it.each([
    'no hash',
    '$2b$12$abcdefghijklmnopqrstuuIoTwf7sfjDeXPiXgnZlEsgYkpEUIuiq',
    hash.replace('argon2id', 'argon2i'),
    hash.replace('m=19456', 'm=4194304'),
    hash.slice(0, -30),
    `${hash}\n`,
  ])('are refused when they are no password hash of ours: %j', async (plaintext) => {
    const users = [
      userRow({ id: idOf(1), username: 'ada', passwordHash: seal(plaintext, place, k2) }),
    ]
    const bytes = documentOf({ users, announcements: [] }, { credentials: 'sealed' })
    expect(await refusalOf(check(bytes, { secretKeys: keys }))).toBe('import_row')
  })

  it('are refused under a key that is missing or another, between rows, and where none should be', async () => {
    const bytes = await exportOf(database, { secretKeys: keys })
    const refused = (bytes: Buffer, secretKeys: typeof keys) =>
      refusalOf(importInto(database, bytes, { secretKeys, mode: 'replace' }))
    expect(await refused(bytes, [])).toBe('import_unknown_key')
    expect(await refused(bytes, [k1])).toBe('import_unknown_key')
    expect(await refused(bytes, [{ id: 'k2', secret: k1.secret }])).toBe('import_wrong_key')
    await expect(check(bytes, { secretKeys: [k1] })).rejects.toThrow(/k2/)

    const sealedRow = (id: number, sealed: string) =>
      userRow({ id: idOf(id), username: `user-${id}`, role: 'admin', passwordHash: sealed })
    const swapped = documentOf(
      {
        users: [
          sealedRow(1, seal(hash, { ...place, id: idOf(2) }, k2)),
          sealedRow(2, seal(hash, { ...place, id: idOf(1) }, k2)),
        ],
        announcements: [],
      },
      { credentials: 'sealed' },
    )
    expect(await refused(swapped, keys)).toBe('import_wrong_key')
    const denied = documentOf({ users: [sealedRow(1, seal(hash, place, k2))], announcements: [] })
    expect(await refused(denied, keys)).toBe('import_hash_mismatch')
  })
})

it('sealed bytes are the same on either engine', async () => {
  const sqlite = await openMigrated(createSqlite)
  const postgres = await openMigrated(createPostgres)
  await addUsers(sqlite, { id: idOf(1), username: 'ada', role: 'admin', passwordHash: hash })
  const bytes = await exportOf(sqlite, { secretKeys: keys })
  await importInto(postgres, bytes, { secretKeys: keys })
  expect((await exportOf(postgres, { secretKeys: keys })).equals(bytes)).toBe(true)
})
