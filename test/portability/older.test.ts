import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import { migrationsFolder, readManifest } from '../../src/database/migrations/manifest.ts'
import { currentModel } from '../../src/database/tables/model.ts'
import { seal } from '../../src/portability/format/seal.ts'
import { parseSecretKeys } from '../../src/config/secret-keys.ts'
import { databases } from '../support/databases.ts'
import { writeMigrations } from '../fixtures/migrations/write.ts'
import {
  addUsers,
  announcementRow,
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
  reported,
  type Row,
  spools,
  userRow,
} from './portability.fixture.ts'
import { documentText, specId, specOf, stored } from './specs.fixture.ts'

const secretKeys = parseSecretKeys('k1:an entirely secret key of the tests')
const time = '2026-11-20T10:03:21.100Z'
const olderHash = 'f'.repeat(64)

function statementsOfToday(): string[] {
  const folder = migrationsFolder()
  return readManifest().flatMap(({ name }) =>
    readFileSync(join(folder, 'sqlite', `${name}.sql`), 'utf8')
      .split('--> statement-breakpoint')
      .map((statement) => statement.trim().replace(/;$/, '')),
  )
}

function writeManifest(world: string): void {
  const manifest = [
    { name: '0000_before', compatible: true, model: olderHash },
    { name: '0001_today', compatible: true, model: currentModel().hash },
  ]
  writeFileSync(join(world, 'migrations.json'), JSON.stringify(manifest))
}

/**
 * A service that once had announcements with a `text`, not pinned, and users without a status: its second migration
 * makes today's tables of it, and all others of today follow.
 */
function writeWorld(): string {
  const statements = statementsOfToday().filter(
    (statement) => !statement.startsWith('CREATE TABLE `settings`'),
  )
  const world = writeMigrations([
    {
      name: '0000_before',
      sql: [
        `create table users (id text primary key not null, username text not null, email text,
         role text not null, password_hash text, created_at text not null, updated_at text not null)`,
        `create unique index users_username_unique on users (username)`,
        'create table settings (key text primary key not null, value text not null)',
        `create table announcements (id text primary key not null, title text not null,
         text text not null, loud integer not null, author_id text not null references users (id),
         created_at text not null, updated_at text not null)`,
      ],
    },
    {
      name: '0001_today',
      sql: [
        'drop index users_username_unique',
        'alter table announcements rename to older_announcements',
        'alter table users rename to older_users',
        ...statements,
        `insert into users (id, username, email, role, status, password_hash, created_at, updated_at)
         select id, username, email, role, 'active', password_hash, created_at, updated_at
         from older_users`,
        `insert into announcements select id, title, text, 'everyone', loud, null, null, author_id, 1,
         created_at, updated_at from older_announcements`,
        'drop table older_announcements',
        'drop table older_users',
      ],
    },
  ])
  writeManifest(world)
  return world
}

const sealed = seal(
  passwordHashOf(),
  { table: 'users', column: 'password_hash', id: idOf(1) },
  secretKeys[0]!,
)

const olderUser = (values: Row = {}): Row => ({
  id: idOf(1),
  username: 'ada',
  email: null,
  role: 'admin',
  passwordHash: sealed,
  createdAt: time,
  updatedAt: time,
  ...values,
})

const olderAnnouncement = (values: Row = {}): Row => ({
  id: idOf(1, 2),
  title: 'Title 😀 \u2028',
  text: 'Text',
  loud: true,
  authorId: idOf(1),
  createdAt: time,
  updatedAt: time,
  ...values,
})

const older = (tables: Record<string, Row[]>) =>
  documentOf(tables, {
    schema: { version: 1, hash: olderHash },
    credentials: 'sealed',
    asGiven: true,
  })

describe.each(databases)('an import of an older schema on $engine', ({ create }) => {
  let database: Database
  let world: string

  beforeAll(async () => {
    database = await openMigrated(create)
    world = writeWorld()
  })

  beforeEach(() => clear(database))

  it('is migrated to today by the ordinary migrations', async () => {
    const bytes = older({
      users: [olderUser(), olderUser({ id: idOf(2), username: 'bob', passwordHash: null })],
      announcements: [olderAnnouncement(), olderAnnouncement({ id: idOf(2, 2), loud: false })],
    })
    const report = await importInto(database, bytes, { secretKeys, migrations: world })
    expect(report.tables).toEqual(
      reported({
        users: { added: 2, changed: 0, same: 0, removed: 0 },
        announcements: { added: 2, changed: 0, same: 0, removed: 0 },
      }),
    )
    expect(await database.db.select().from(database.tables.users)).toMatchObject([
      { username: 'ada', status: 'active', passwordHash: passwordHashOf() },
      { username: 'bob', status: 'active', passwordHash: null },
    ])
    expect(await database.db.select().from(database.tables.announcements)).toMatchObject([
      { title: 'Title 😀 \u2028', body: 'Text', pinned: true, startsAt: null, revision: 1 },
      { pinned: false },
    ])
    expect(leftovers()).toEqual([])
  })

  it.each<[string, string, Record<string, Row[]>]>([
    ['a table of its schema is missing', 'import_tables', { users: [olderUser()] }],
    ['a table of another schema', 'import_tables', { users: [], specs: [], announcements: [] }],
    ['a transient table', 'import_tables', { settings: [], users: [], announcements: [] }],
    ['the ledger', 'import_tables', { holdfast_migrations: [] }],
    [
      'a field of today',
      'import_row',
      { users: [olderUser({ status: 'active' })], announcements: [] },
    ],
    [
      'a missing field',
      'import_row',
      { users: [olderUser({ role: undefined })], announcements: [] },
    ],
    ['a null', 'import_row', { users: [olderUser({ role: null })], announcements: [] }],
    [
      'a role that is none',
      'import_row',
      { users: [olderUser({ role: 'owner' })], announcements: [] },
    ],
    [
      'a time that is none',
      'import_row',
      { users: [olderUser({ createdAt: 'now' })], announcements: [] },
    ],
    ['an object', 'import_row', { users: [olderUser({ email: {} })], announcements: [] }],
    [
      'rows out of order',
      'import_order',
      {
        users: [olderUser({ id: idOf(2), username: 'bob', passwordHash: null }), olderUser()],
        announcements: [],
      },
    ],
    [
      'a name twice',
      'import_conflict',
      {
        users: [olderUser(), olderUser({ id: idOf(2), passwordHash: null })],
        announcements: [],
      },
    ],
    [
      'a reference that is nowhere',
      'import_reference',
      {
        users: [olderUser()],
        announcements: [olderAnnouncement({ authorId: idOf(5) })],
      },
    ],
    [
      'a sealed value of another row',
      'import_wrong_key',
      {
        users: [olderUser({ id: idOf(3) })],
        announcements: [],
      },
    ],
  ])('is refused: %s', async (_what, code, tables) => {
    const before = await exportOf(database)
    const refused = importInto(database, older(tables), { secretKeys, migrations: world })
    expect(await refusalOf(refused)).toBe(code)
    expect((await exportOf(database)).equals(before)).toBe(true)
    expect(readdirSync(spools)).toEqual([])
  })

  it('is refused when it was edited or cut', async () => {
    const bytes = older({ users: [olderUser()], announcements: [olderAnnouncement()] })
    const options = { secretKeys, migrations: world }
    const edited = Buffer.from(bytes.toString().replace('"loud":true', '"loud":false'))
    expect(await refusalOf(check(edited, options))).toBe('import_hash_mismatch')
    for (let length = 0; length < bytes.length; length += 97) {
      expect(await refusalOf(check(bytes.subarray(0, length), options))).toBe('import_incomplete')
    }
  })

  it('refuses a hash that its version never had', async () => {
    await addUsers(database, { id: idOf(1), username: 'ada' })
    const bytes = documentOf(
      { users: [], announcements: [] },
      { schema: { version: 1, hash: 'x' } },
    )
    expect(await refusalOf(check(bytes, { migrations: world }))).toBe('import_foreign_schema')
  })

  describe('of a schema that was released', () => {
    const [first] = readManifest()
    const released = (tables: Record<string, Row[]>) =>
      documentOf(tables, { schema: { version: 1, hash: first?.model ?? '' }, all: true })
    const {
      quotaSpecs: _,
      quotaBytes: __,
      ...ada
    } = userRow({
      id: idOf(1),
      username: 'ada',
      role: 'admin',
    })
    const today = {
      users: [userRow(ada)],
      announcements: [announcementRow({ id: idOf(1, 2), authorId: idOf(1) })] as Row[],
    }
    const before = {
      users: [ada],
      announcements: [announcementRow({ id: idOf(1, 2), authorId: idOf(1) })] as Row[],
    }

    it('comes in, and brings nothing of what was not there yet', async () => {
      const report = await importInto(database, released(before))
      expect(report.tables).toEqual(
        reported({
          users: { added: 1, changed: 0, same: 0, removed: 0 },
          announcements: { added: 1, changed: 0, same: 0, removed: 0 },
        }),
      )
      expect((await exportOf(database)).equals(documentOf(today))).toBe(true)
    })

    it('keeps specs when it is merged, and takes them away when it replaces', async () => {
      await addUsers(database, { ...ada, passwordHash: passwordHashOf() })
      const specs = specOf([documentText('Title')], { ownerId: idOf(1) })
      await importInto(database, documentOf({ ...today, ...specs }))
      await importInto(database, released(before))
      expect(await database.db.select().from(database.tables.documents)).toHaveLength(1)
      const report = await importInto(database, released(before), { mode: 'replace' })
      for (const name of Object.keys(specs)) {
        expect(report.tables[name], name).toMatchObject({ removed: 1 })
      }
      expect(await database.db.select().from(database.tables.downloads)).toEqual([])
    })

    it('may not have tables of today', async () => {
      expect(await refusalOf(check(released({ ...before, specs: [] })))).toBe('import_tables')
    })
  })

  describe('that has documents', () => {
    /** As today's, but that specs had a nickname. */
    function writeNicknames(): string {
      const statements = statementsOfToday()
      const world = writeMigrations([
        {
          name: '0000_before',
          sql: [...statements, `alter table specs add column nick_name text not null default ''`],
        },
        { name: '0001_today', sql: ['alter table specs drop column nick_name'] },
      ])
      writeManifest(world)
      return world
    }

    const text = documentText('Title', '\ufeff\u2028 é 😀')
    const parts = specOf([text], { ownerId: idOf(1), tags: ['a', 'b'] })
    const users = [userRow({ id: idOf(1), username: 'ada', role: 'admin' })]
    const nicknamed = (downloads?: Row[]) => {
      const today = JSON.parse(documentOf({ users, announcements: [], ...parts }).toString()) as {
        tables: Record<string, Row[]>
      }
      const specs = today.tables['specs']?.map((row) => ({ ...row, nickName: 'Nick' })) ?? []
      return documentOf(
        { ...today.tables, specs, ...(downloads && { downloads }) },
        { schema: { version: 1, hash: olderHash }, asGiven: true },
      )
    }

    it('has them afterwards as today’s would', async () => {
      const migrations = writeNicknames()
      const { tables } = await importInto(database, nicknamed(), { migrations })
      expect(tables['documents']).toMatchObject({ added: 1 })
      expect(tables).not.toHaveProperty('downloads')
      const today = documentOf({ users, announcements: [], ...parts })
      expect((await exportOf(database)).equals(today)).toBe(true)
      const [document] = await database.db.select().from(database.tables.documents)
      expect(document?.content).toEqual(stored(text))
    })

    it('brings its history when it has one', async () => {
      const migrations = writeNicknames()
      const downloads = [{ id: specId(1), count: 9 }]
      const { tables } = await importInto(database, nicknamed(downloads), { migrations })
      expect(tables['downloads']).toMatchObject({ added: 1 })
      expect(await database.db.select().from(database.tables.downloads)).toEqual(downloads)
    })
  })
})
