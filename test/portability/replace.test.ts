import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import { parseSecretKeys } from '../../src/config/secret-keys.ts'
import { databases } from '../support/databases.ts'
import {
  addAnnouncements,
  addUsers,
  announcementRow,
  clear,
  documentOf,
  exportOf,
  idOf,
  importInto,
  openMigrated,
  passwordHashOf,
  refusalOf,
  reported,
  type Row,
  scratchFolder,
  userRow,
} from './portability.fixture.ts'

const secretKeys = parseSecretKeys('k1:an entirely secret key of the tests')
const admin = {
  id: idOf(1),
  username: 'admin',
  role: 'admin' as const,
  passwordHash: passwordHashOf(),
}
const time = '2026-11-20T10:03:21.100Z'

describe.each(databases)('a replacing import on $engine', ({ create }) => {
  let database: Database
  const replace = { mode: 'replace' as const, secretKeys }

  beforeEach(async () => {
    database ??= await openMigrated(create)
    await clear(database)
    await addUsers(
      database,
      admin,
      { id: idOf(2), username: 'two' },
      { id: idOf(3), username: 'three' },
    )
    await addAnnouncements(
      database,
      { id: idOf(1, 2), authorId: idOf(2) },
      { id: idOf(2, 2), authorId: idOf(3) },
    )
  })

  it('leaves exactly what was exported, whatever was there', async () => {
    const before = await exportOf(database, { secretKeys })
    await clear(database)
    await addUsers(
      database,
      { id: idOf(0), username: 'two' },
      { ...admin, id: idOf(3), username: 'admin', email: 'a@example.org' },
      { id: idOf(7), username: 'seven' },
    )
    await addAnnouncements(
      database,
      { id: idOf(1, 2), authorId: idOf(7), title: 'was another' },
      { id: idOf(9, 2), authorId: idOf(0) },
    )
    const report = await importInto(database, before, replace)
    expect(report.tables).toEqual(
      reported({
        users: { added: 2, changed: 1, same: 0, removed: 2 },
        announcements: { added: 1, changed: 1, same: 0, removed: 1 },
      }),
    )
    expect((await exportOf(database, { secretKeys })).equals(before)).toBe(true)
  })

  it('ends every session, keeps no answer, and forgets a bootstrap administrator who is gone', async () => {
    await database.unitOfWork({}, async (tx) => {
      const { idempotency, sessions, settings } = database.tables
      await tx.insert(idempotency).values({
        id: 'of a caller and his key',
        fingerprint: 'of his request',
        answer: 'speaks of a row that goes',
        createdAt: time,
        expiresAt: '2999-11-20T10:03:21.100Z',
      })
      await tx.insert(settings).values([
        { key: 'bootstrap_admin', value: idOf(3) },
        { key: 'instance_id', value: 'stays' },
      ])
      await tx.insert(sessions).values({
        id: idOf(1, 3),
        userId: admin.id,
        tokenHash: 'token',
        createdAt: time,
        usedAt: time,
        expiresAt: time,
      })
    })
    await importInto(
      database,
      documentOf({ users: [userRow({ ...admin, passwordHash: null })], announcements: [] }),
      replace,
    )
    expect(await database.db.select().from(database.tables.sessions)).toEqual([])
    expect(await database.db.select().from(database.tables.idempotency)).toEqual([])
    expect(await database.db.select().from(database.tables.settings)).toEqual([
      { key: 'instance_id', value: 'stays' },
    ])
  })

  it('refuses to lock everybody out, and changes nothing', async () => {
    const before = await exportOf(database, { secretKeys })
    for (const users of [
      [],
      [userRow({ id: idOf(2), username: 'two', role: 'admin' })],
      [userRow({ ...admin, passwordHash: null, status: 'disabled' })],
      [userRow({ ...admin, passwordHash: null, role: 'editor' })],
    ] as Row[][]) {
      const bytes = documentOf({ users, announcements: [] })
      expect(await refusalOf(importInto(database, bytes, replace))).toBe('would_lock_out')
    }
    expect((await exportOf(database, { secretKeys })).equals(before)).toBe(true)
  })

  it('refuses a name that is there twice, though one of the two is there already', async () => {
    const before = await exportOf(database, { secretKeys })
    const rows = [admin, { id: idOf(2), username: 'three' }, { id: idOf(3), username: 'three' }]
    const users = rows.map((row) => userRow({ ...row, passwordHash: null }))
    for (const mode of ['replace', 'merge'] as const) {
      const bytes = documentOf({ users, announcements: [] })
      expect(await refusalOf(importInto(database, bytes, { mode }))).toBe('import_conflict')
    }
    expect((await exportOf(database, { secretKeys })).equals(before)).toBe(true)
  })

  it('keeps a copy of what was there, from which it can be brought back', async () => {
    const folder = scratchFolder()
    const before = await exportOf(database, { secretKeys, history: true })
    const other = documentOf({
      users: [userRow({ ...admin, passwordHash: null })],
      announcements: [],
    })
    const report = await importInto(database, other, { ...replace, safetyCopy: folder })
    const path = report.safetyCopy as string
    expect(path).toMatch(/before-import-[\dTZ-]+\.json\.gz$/)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(gunzipSync(readFileSync(path)).equals(before)).toBe(true)
    await importInto(database, readFileSync(path), replace)
    expect((await exportOf(database, { secretKeys, history: true })).equals(before)).toBe(true)
    expect(readdirSync(folder)).toHaveLength(1)
  })

  it('has the copy when it fails at its end, and nothing changed', async () => {
    const folder = scratchFolder()
    const before = await exportOf(database, { secretKeys, history: true })
    const bytes = documentOf({ users: [], announcements: [] })
    expect(await refusalOf(importInto(database, bytes, { ...replace, safetyCopy: folder }))).toBe(
      'would_lock_out',
    )
    const [copy] = readdirSync(folder)
    expect(gunzipSync(readFileSync(`${folder}/${copy}`)).equals(before)).toBe(true)
    expect((await exportOf(database, { secretKeys, history: true })).equals(before)).toBe(true)
  })

  it('applies nothing when the copy cannot be written', async () => {
    const file = join(scratchFolder(), 'file')
    writeFileSync(file, '')
    const before = await exportOf(database, { secretKeys })
    const bytes = documentOf({
      users: [userRow({ ...admin, passwordHash: null })],
      announcements: [],
    })
    const failing = importInto(database, bytes, { ...replace, safetyCopy: join(file, 'below') })
    await expect(failing).rejects.toMatchObject({ code: 'ENOTDIR' })
    expect((await exportOf(database, { secretKeys })).equals(before)).toBe(true)
  })

  it('is rehearsed without a copy and without a trace', async () => {
    const folder = scratchFolder()
    const before = await exportOf(database, { secretKeys })
    const bytes = documentOf({
      users: [userRow({ ...admin, passwordHash: null })],
      announcements: [announcementRow({ id: idOf(5, 2), authorId: admin.id })],
    })
    const options = { ...replace, safetyCopy: folder }
    const rehearsed = await importInto(database, bytes, { ...options, dryRun: true })
    expect(readdirSync(folder)).toEqual([])
    expect((await exportOf(database, { secretKeys })).equals(before)).toBe(true)
    const report = await importInto(database, bytes, options)
    expect(report.tables).toEqual(rehearsed.tables)
    expect(report.tables).toEqual(
      reported({
        users: { added: 0, changed: 0, same: 1, removed: 2 },
        announcements: { added: 1, changed: 0, same: 0, removed: 2 },
      }),
    )
  })
})
