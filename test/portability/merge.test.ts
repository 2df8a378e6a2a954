import { eq } from 'drizzle-orm'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Database } from '../../src/database/database.ts'
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
  userRow,
} from './portability.fixture.ts'

const admin = {
  id: idOf(1),
  username: 'admin',
  role: 'admin' as const,
  passwordHash: passwordHashOf(),
}
const time = '2026-11-20T10:03:21.100Z'

const users = (...rows: Parameters<typeof userRow>[0][]) =>
  documentOf({ users: rows.map(userRow), announcements: [] })

describe.each(databases)('a merged import on $engine', ({ create }) => {
  let database: Database

  beforeEach(async () => {
    database ??= await openMigrated(create)
    await clear(database)
    await addUsers(database, admin)
  })

  async function namesById(): Promise<Record<string, string>> {
    const rows = await database.db.select().from(database.tables.users)
    return Object.fromEntries(rows.map(({ id, username }) => [id, username]))
  }

  async function makeBootstrap(id = admin.id) {
    await database.unitOfWork({}, async (tx) => {
      await tx.insert(database.tables.settings).values({ key: 'bootstrap_admin', value: id })
      await tx.insert(database.tables.sessions).values({
        id: idOf(1, 3),
        userId: id,
        tokenHash: 'token',
        createdAt: time,
        usedAt: time,
        expiresAt: time,
      })
    })
  }

  async function bootstrapSetting() {
    const { settings } = database.tables
    return database.db.select().from(settings).where(eq(settings.key, 'bootstrap_admin'))
  }

  it('adds, changes and keeps, and removes nothing', async () => {
    await addUsers(
      database,
      { id: idOf(2), username: 'two' },
      { id: idOf(3), username: 'three' },
      { id: idOf(4), username: 'four' },
    )
    const report = await importInto(
      database,
      users(
        { id: idOf(2), username: 'two' },
        { id: idOf(3), username: 'drei', email: 'drei@example.org' },
        { id: idOf(5), username: 'five' },
      ),
    )
    expect(report.tables['users']).toEqual({ added: 1, changed: 1, same: 1, removed: 0 })
    expect(Object.values(await namesById()).sort()).toEqual([
      'admin',
      'drei',
      'five',
      'four',
      'two',
    ])
  })

  it('lets users swap their names and addresses, round a circle too', async () => {
    const named = (names: string[]) =>
      names.map((name, at) => ({ id: idOf(at + 2), username: name, email: `${name}@example.org` }))
    await addUsers(database, ...named(['a-a', 'b-b', 'c-c', 'd-d', 'e-e']))
    const report = await importInto(database, users(...named(['b-b', 'a-a', 'd-d', 'e-e', 'c-c'])))
    expect(report.tables['users']).toEqual({ added: 0, changed: 5, same: 0, removed: 0 })
    expect(Object.values(await namesById())).toEqual(['admin', 'b-b', 'a-a', 'd-d', 'e-e', 'c-c'])
  })

  it('lets a name go from one batch to another', async () => {
    const many = Array.from({ length: 1200 }, (_, at) => ({
      id: idOf(at + 2),
      username: `user-${at}`,
    }))
    await addUsers(database, ...many.slice(0, 600))
    await addUsers(database, ...many.slice(600))
    const turned = many.map((user, at) => ({ ...user, username: `user-${(at + 1) % 1200}` }))
    const report = await importInto(database, users(...turned))
    expect(report.tables['users']).toMatchObject({ changed: 1200 })
  })

  it('refuses users whose names or addresses others have, all of them at once', async () => {
    await addUsers(
      database,
      { id: idOf(2), username: 'two' },
      { id: idOf(3), username: 'three', email: 'three@example.org' },
    )
    const bytes = users(
      { id: idOf(12), username: 'two' },
      { id: idOf(13), username: 'drei', email: 'three@example.org' },
      { id: idOf(14), username: 'admin' },
    )
    const before = await exportOf(database)
    const refused = importInto(database, bytes)
    await expect(refused).rejects.toMatchObject({ code: 'import_user_conflict' })
    await expect(refused).rejects.toThrow('admin, two, drei (e-mail)')
    expect((await exportOf(database)).equals(before)).toBe(true)
  })

  it('attaches what is theirs to the users who are there, when asked to', async () => {
    await addUsers(database, { id: idOf(2), username: 'two', email: 'two@example.org' })
    const bytes = documentOf({
      users: [
        userRow({ id: idOf(12), username: 'two', email: 'two@example.org' }),
        userRow({ id: idOf(13), username: 'new' }),
      ],
      announcements: [
        announcementRow({ id: idOf(1, 2), authorId: idOf(12) }),
        announcementRow({ id: idOf(2, 2), authorId: idOf(13) }),
      ] as Row[],
    })
    const report = await importInto(database, bytes, { mapUsers: true })
    expect(report.tables).toEqual(
      reported({
        users: { added: 1, changed: 0, same: 1, removed: 0 },
        announcements: { added: 2, changed: 0, same: 0, removed: 0 },
      }),
    )
    const { announcements } = database.tables
    const authors = await database.db
      .select({ id: announcements.id, authorId: announcements.authorId })
      .from(announcements)
      .orderBy(announcements.id)
    expect(authors.map(({ authorId }) => authorId)).toEqual([idOf(2), idOf(13)])
    const again = await importInto(database, bytes, { mapUsers: true })
    expect(again.tables['announcements']).toMatchObject({ same: 2 })
  })

  it('does not attach by address: that is refused all the same', async () => {
    await addUsers(database, { id: idOf(2), username: 'two', email: 'two@example.org' })
    const bytes = users({ id: idOf(12), username: 'other', email: 'two@example.org' })
    expect(await refusalOf(importInto(database, bytes, { mapUsers: true }))).toBe(
      'import_user_conflict',
    )
  })

  it('lets the bootstrap administrator become the imported one, with his password and session', async () => {
    await makeBootstrap()
    const report = await importInto(
      database,
      users({ id: idOf(9), username: 'admin', role: 'admin', email: 'admin@example.org' }),
    )
    expect(report.tables['users']).toEqual({ added: 1, changed: 0, same: 0, removed: 1 })
    const { sessions, users: table } = database.tables
    expect(await database.db.select().from(table)).toEqual([
      userRow({ ...admin, id: idOf(9), email: 'admin@example.org' }),
    ])
    expect(await database.db.select({ userId: sessions.userId }).from(sessions)).toEqual([
      { userId: idOf(9) },
    ])
    expect(await bootstrapSetting()).toEqual([])
  })

  it('does not adopt an administrator who owns something, nor one who is no bootstrap administrator', async () => {
    const bytes = users({ id: idOf(9), username: 'admin', role: 'admin' })
    expect(await refusalOf(importInto(database, bytes))).toBe('import_user_conflict')
    await makeBootstrap()
    await addAnnouncements(database, { id: idOf(1, 2), authorId: admin.id })
    expect(await refusalOf(importInto(database, bytes))).toBe('import_user_conflict')
  })

  it('does not adopt into a member: nobody could log in as an administrator', async () => {
    await makeBootstrap()
    const bytes = users({ id: idOf(9), username: 'admin' })
    expect(await refusalOf(importInto(database, bytes))).toBe('would_lock_out')
    expect(await bootstrapSetting()).toHaveLength(1)
  })

  it('tells the same numbers in a dry run, and leaves nothing of it', async () => {
    await makeBootstrap()
    await addUsers(database, { id: idOf(2), username: 'two' })
    const bytes = users(
      { id: idOf(2), username: 'zwei' },
      { id: idOf(9), username: 'admin', role: 'admin' },
    )
    const before = await exportOf(database)
    const rehearsed = await importInto(database, bytes, { dryRun: true })
    expect((await exportOf(database)).equals(before)).toBe(true)
    expect(await bootstrapSetting()).toHaveLength(1)
    expect(await importInto(database, bytes)).toEqual({ ...rehearsed, dryRun: false })
    expect(rehearsed.dryRun).toBe(true)
  })
})
