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
} from './portability.fixture.ts'

const secretKeys = parseSecretKeys('k1:an entirely secret key of the tests')
const time = '2026-11-20T10:03:21.100Z'
const olderHash = 'f'.repeat(64)

/**
 * A service that once had announcements with a `text`, not pinned, and users without a status: its second migration
 * makes today's tables of it, and all others of today follow.
 */
function writeWorld(): string {
  const today = readManifest()
  const folder = migrationsFolder()
  const statements = today.flatMap(({ name }) =>
    readFileSync(join(folder, 'sqlite', `${name}.sql`), 'utf8')
      .split('--> statement-breakpoint')
      .map((statement) => statement.trim().replace(/;$/, ''))
      .filter((statement) => !statement.startsWith('CREATE TABLE `settings`')),
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
        `insert into users select id, username, email, role, 'active', password_hash, created_at, updated_at
         from older_users`,
        `insert into announcements select id, title, text, 'everyone', loud, null, null, author_id, 1,
         created_at, updated_at from older_announcements`,
        'drop table older_announcements',
        'drop table older_users',
      ],
    },
  ])
  writeFileSync(
    join(world, 'migrations.json'),
    JSON.stringify([
      { name: '0000_before', compatible: true, model: olderHash },
      { name: '0001_today', compatible: true, model: currentModel().hash },
    ]),
  )
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
})
