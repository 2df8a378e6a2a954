import { readdirSync } from 'node:fs'
import { gunzipSync, gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import { currentModel } from '../../src/database/tables/model.ts'
import { checkImport } from '../../src/portability/import/import.ts'
import { createSqlite, databases } from '../support/databases.ts'
import { quiet } from '../support/database.options.ts'
import { times } from './rows.fixture.ts'
import {
  addAnnouncements,
  addUsers,
  announcementRow,
  check,
  documentOf,
  exportOf,
  idOf,
  importInto,
  leftovers,
  ofEveryTable,
  openMigrated,
  passwordHashOf,
  refusalOf,
  type Row,
  scratchFolder,
  trials,
  userRow,
} from './portability.fixture.ts'

let exported: Buffer

const endOf = (start = '') => new Date(Date.parse(start) + 1).toISOString()

const user = (values: Row = {}): Row => ({
  ...userRow({ id: idOf(1), username: 'ada' }),
  ...values,
})

const announcement = (values: Row = {}): Row => ({
  ...announcementRow({ id: idOf(1), authorId: idOf(1) }),
  ...values,
})

const withUser = (values: Row) => documentOf({ users: [user(values)], announcements: [] })
const withAnnouncement = (values: Row) =>
  documentOf({ users: [user()], announcements: [announcement(values)] })

beforeAll(async () => {
  const source = await openMigrated(createSqlite)
  await addUsers(
    source,
    ...Array.from({ length: 20 }, (_, at) => ({ id: idOf(at), username: `user-${at}` })),
  )
  await addAnnouncements(
    source,
    ...Array.from({ length: 20 }, (_, at) => ({
      id: idOf(at, 2),
      authorId: idOf(at),
      title: `Ünïcode 😀 "${at}" \u2028`,
    })),
  )
  exported = await exportOf(source)
})

/** The code that it is refused with by the check alone. */
async function checkRefusal(bytes: Buffer): Promise<string | undefined> {
  return refusalOf(check(bytes).then((checked) => checked.dispose()))
}

describe('an import is refused by its check', () => {
  it('takes the documents that the others differ from', async () => {
    expect(await checkRefusal(exported)).toBeUndefined()
    expect(await checkRefusal(withUser({}))).toBeUndefined()
    expect(await checkRefusal(withAnnouncement({}))).toBeUndefined()
  })

  it('import_incomplete: cut after any byte', async () => {
    const step = trials > 0 ? 1 : 37
    for (let length = 0; length < exported.length; length += step) {
      expect(await checkRefusal(exported.subarray(0, length)), `${length}`).toBe(
        'import_incomplete',
      )
    }
    expect(await checkRefusal(exported.subarray(0, -1))).toBe('import_incomplete')
  }, 120_000)

  it('import_incomplete: a gzip cut after any byte', async () => {
    const packed = gzipSync(exported)
    const step = trials > 0 ? 1 : 29
    for (let length = 2; length < packed.length; length += step) {
      expect(await checkRefusal(packed.subarray(0, length)), `${length}`).toBe('import_incomplete')
    }
    expect(await checkRefusal(packed.subarray(0, -1))).toBe('import_incomplete')
  }, 120_000)

  it('any flipped bit', async () => {
    const count = trials > 0 ? exported.length * 8 : 500
    for (let trial = 0; trial < count; trial++) {
      const bit = trials > 0 ? trial : Math.floor(Math.random() * exported.length * 8)
      const bytes = Buffer.from(exported)
      bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7))
      expect(await checkRefusal(bytes), `bit ${bit}`).toBeTypeOf('string')
    }
  }, 600_000)

  it('any flipped bit of a gzip', async () => {
    const packed = gzipSync(exported)
    for (let bit = 0; bit < packed.length * 8; bit += trials > 0 ? 1 : 97) {
      const bytes = Buffer.from(packed)
      bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7))
      // The header and the padding hold bits that nobody reads: then it is the same export.
      if ((await checkRefusal(bytes)) === undefined) {
        expect(gunzipSync(bytes).equals(exported), `bit ${bit}`).toBe(true)
      }
    }
  }, 600_000)

  const lines = () => exported.toString().split('\n')
  const joined = (lines: string[]) => Buffer.from(lines.join('\n'))

  it('import_order: two lines changed places, or one came twice', async () => {
    const swapped = lines()
    ;[swapped[3], swapped[4]] = [swapped[4] as string, swapped[3] as string]
    expect(await checkRefusal(joined(swapped))).toBe('import_order')
    const doubled = lines()
    doubled.splice(4, 0, doubled[4] as string)
    expect(await checkRefusal(joined(doubled))).toBe('import_order')
  })

  it('import_hash_mismatch: a line is gone, or a value is another', async () => {
    const shorter = lines()
    shorter.splice(30, 1)
    expect(await checkRefusal(joined(shorter))).toBe('import_hash_mismatch')
    const edited = exported.toString().replace('"role":"member"', '"role":"admin"')
    expect(await checkRefusal(Buffer.from(edited))).toBe('import_hash_mismatch')
  })

  it('import_hash_mismatch: another footer', async () => {
    const text = exported.toString()
    for (const [from, to] of [
      ['"rows":{"users":20', '"rows":{"users":21'],
      ['"credentials":"omitted"', '"credentials":"sealed"'],
      ['"credentials":"omitted"', '"credentials":"open"'],
      ['"credentials":"omitted",', '"credentials":"omitted","more":1,'],
      ['"total":"', '"total":"0'],
    ] as const) {
      expect(text).toContain(from)
      const code = await checkRefusal(Buffer.from(text.replace(from, to)))
      // Nothing was sealed, so that it says so changes nothing but the bytes after the hashes.
      expect(code).toBe(to.endsWith('"sealed"') ? undefined : 'import_hash_mismatch')
    }
  })

  it('import_not_json: something after the end, a comma too many, deep nesting, no UTF-8', async () => {
    const text = exported.toString()
    expect(await checkRefusal(Buffer.from(`${text}x`))).toBe('import_not_json')
    expect(await checkRefusal(Buffer.from(`${text} {}`))).toBe('import_not_json')
    expect(await checkRefusal(Buffer.from(text.replace('},\n{', '},,\n{')))).toBe('import_not_json')
    const deep = text.replace('"users":[\n{', `"users":[\n${'['.repeat(100_000)}{`)
    expect(await checkRefusal(Buffer.from(deep))).toBe('import_not_json')
    const latin = Buffer.from(exported)
    latin[latin.indexOf('Ü')] = 0xff
    expect(await checkRefusal(latin)).toBe('import_not_json')
    const marked = Buffer.concat([Buffer.from('\ufeff'), exported])
    expect(await checkRefusal(marked)).toBe('import_foreign')
  })

  it('import_foreign: anything else that is JSON', async () => {
    for (const text of ['{"a":1}', '[]', '"text"', '{"format":"other/1","schema":{}}', '<html>']) {
      expect(await checkRefusal(Buffer.from(text)), text).toBe('import_foreign')
    }
    const foreign = exported.toString().replace('holdfast.export/1', 'holdfast.export/2')
    expect(await checkRefusal(Buffer.from(foreign))).toBe('import_foreign')
  })

  it('import_newer_schema and import_foreign_schema', async () => {
    const { version, hash } = currentModel()
    const tables = { users: [user()], announcements: [] }
    const newer = documentOf(tables, { schema: { version: version + 1, hash } })
    expect(await checkRefusal(newer)).toBe('import_newer_schema')
    const foreign = documentOf(tables, { schema: { version, hash: hash.replace(/^./, 'x') } })
    expect(await checkRefusal(foreign)).toBe('import_foreign_schema')
  })

  it('import_tables: one too many, too few, in another order, or twice', async () => {
    const good = Object.entries(ofEveryTable<Row[]>({ users: [user()] }, []))
    const refusalOfTables = (tables: [string, Row[]][]) =>
      checkRefusal(documentOf(Object.fromEntries(tables), { all: true }))
    expect(await refusalOfTables(good)).toBeUndefined()
    for (const at of good.keys()) {
      const name = good[at]?.[0] ?? ''
      expect(await refusalOfTables(good.toSpliced(at, 1)), `without ${name}`).toBe('import_tables')
      for (const other of ['sessions', 'holdfast_migrations', 'nowhere']) {
        const more = good.toSpliced(at + 1, 0, [other, []])
        expect(await refusalOfTables(more), `${other} after ${name}`).toBe('import_tables')
      }
    }
    for (let at = 1; at < good.length; at++) {
      const swapped = good.toSpliced(at - 1, 2, ...good.slice(at - 1, at + 1).toReversed())
      expect(await refusalOfTables(swapped)).toBe('import_tables')
    }
    const twice = exported.toString().replace('"announcements":[', '"users":[')
    expect(await checkRefusal(Buffer.from(twice))).toBe('import_tables')
  })

  it.each<[string, Row]>([
    ['an unknown field', { more: 1 }],
    ['a __proto__', { ['__proto__']: {} }],
    ['a missing field', { email: undefined }],
    ['a number for text', { username: 12 }],
    ['an object for text', { username: {} }],
    ['null where it may not be', { username: null }],
    ['NUL', { email: 'a\0b' }],
    ['half a surrogate pair', { email: 'a\ud800b' }],
    ['a role that is none', { role: 'owner' }],
    ['a user name that is none', { username: 'Ada!' }],
    ['a time without milliseconds', { createdAt: '2026-11-20T10:03:21Z' }],
    ['a time of another zone', { createdAt: '2026-11-20T10:03:21.100+01:00' }],
    ['a day that was not', { createdAt: '2026-02-29T10:03:21.100Z' }],
    ['a 25th hour', { createdAt: '2026-02-20T24:00:00.000Z' }],
    ['the year 0', { createdAt: '0000-01-01T00:00:00.000Z' }],
    ['a credential that is not sealed', { passwordHash: '$argon2id$…' }],
    ['an empty id', { id: '' }],
    ['an id of 101 characters', { id: 'a'.repeat(101) }],
    ['an id that ends a path', { id: 'a/b' }],
    ['an id that ends a path with a query', { id: 'a?b' }],
    ['an id that begins a fragment', { id: 'a#b' }],
    ['an id with an escape', { id: 'a%2fb' }],
    ['an id with a space', { id: 'a b' }],
    ['an id beyond ASCII', { id: 'é' }],
    ['an id that is a folder', { id: '..' }],
    ['an address in capitals', { email: 'Ada@example.org' }],
    ['an address with a space', { email: ' ada@example.org' }],
    ['an address with a line break', { email: 'ada@example.org\n' }],
    ['an address without a domain', { email: 'ada' }],
    ['an address of 255 characters', { email: `${'a'.repeat(243)}@example.org` }],
  ])('import_row: %s', async (_what, values) => {
    expect(await checkRefusal(withUser(values))).toBe('import_row')
  })

  it.each<[string, Row]>([
    ['2^53', { revision: 2 ** 53 }],
    ['2^53 - 1', { revision: Number.MAX_SAFE_INTEGER }],
    ['a revision above the largest', { revision: 2 ** 31 + 1 }],
    ['a revision of 0', { revision: 0 }],
    ['a revision below 0', { revision: -1 }],
    ['no title', { title: '' }],
    ['a title of 201 characters', { title: '😀'.repeat(201) }],
    ['a body of 20,001 characters', { body: '😀'.repeat(20_001) }],
    ['an end at its start', { startsAt: times[6], endsAt: times[6] }],
    ['an end before its start', { startsAt: times[7], endsAt: times[6] }],
    ...['\u0001', '\b', '\v', '\f', '\u001f'].map((text): [string, Row] => [
      `the control character ${JSON.stringify(text)}`,
      { body: `a${text}b` },
    ]),
    ['a fraction', { revision: 1.5 }],
    ['an integer as text', { revision: '1' }],
    ['a number for a boolean', { pinned: 1 }],
  ])('import_row: %s', async (_what, values) => {
    expect(await checkRefusal(withAnnouncement(values))).toBe('import_row')
  })

  it.each<[string, Row]>([
    ['the largest revision', { revision: 2 ** 31 }],
    ['a title of 200 characters', { title: '😀'.repeat(200) }],
    ['a body of 20,000 characters', { body: '😀'.repeat(20_000) }],
    ['an end right after its start', { startsAt: times[6], endsAt: endOf(times[6]) }],
    ['an end alone', { endsAt: times[0] }],
    ['tabs, line breaks and what looks like an escape', { body: '\t\r\n\\u0001 \\b \u007f' }],
    ['an id of 100 characters', { id: `a._-${'Z'.repeat(96)}` }],
  ])('takes %s', async (_what, values) => {
    expect(await checkRefusal(withAnnouncement(values))).toBeUndefined()
  })

  it('takes an address of 254 characters', async () => {
    const email = `${'a'.repeat(242)}@example.org`
    expect(await checkRefusal(withUser({ email }))).toBeUndefined()
  })

  it('import_row: 2^53 + 1, which JavaScript would read as 2^53', async () => {
    const bytes = withAnnouncement({ revision: 4711 })
    const text = bytes.toString().replace('"revision":4711', '"revision":9007199254740993')
    expect(await checkRefusal(Buffer.from(text))).toBe('import_row')
  })

  it('import_row: a field twice, and a row that is no object', async () => {
    const text = withUser({}).toString()
    const twice = text.replace('"username":"ada"', '"username":"bob","username":"ada"')
    expect(await checkRefusal(Buffer.from(twice))).toBe('import_row')
    for (const row of ['[]', 'null', '1', '"x"']) {
      const other = text.replace('"users":[\n', `"users":[\n${row},`)
      expect(await checkRefusal(Buffer.from(other)), row).toBe('import_row')
    }
  })

  it('import_row: a row longer than 16 MiB, without holding it', async () => {
    const text = withUser({})
      .toString()
      .replace('"username":"ada"', `"username":"${'a'.repeat(2 ** 24)}"`)
    expect(await checkRefusal(Buffer.from(text))).toBe('import_row')
  })

  it('import_too_large: by its bytes, packed or not', async () => {
    const bomb = gzipSync(Buffer.alloc(10_000_000, ' '))
    const tooLarge = (bytes: Buffer) => refusalOf(check(bytes, { maxBytes: 1_000_000 }))
    expect(await tooLarge(bomb)).toBe('import_too_large')
    expect(await tooLarge(Buffer.alloc(1_000_001, ' '))).toBe('import_too_large')
  })

  it('says where, and nothing of what is there', async () => {
    const document = documentOf({
      users: [user(), user({ id: idOf(2), username: 'The Secret Name' })],
      announcements: [],
    })
    const problem = await check(document).catch((error: unknown) => error)
    expect(problem).toMatchObject({ code: 'import_row', table: 'users', row: 2 })
    expect(String(problem)).not.toContain('Secret')
  })

  it('leaves no file, and reads a refused source to its end', async () => {
    const folder = scratchFolder()
    let chunks = 0
    async function* source() {
      for (; chunks < 100; chunks++) yield Buffer.from('x'.repeat(1000))
    }
    expect(await refusalOf(check(Buffer.alloc(0), { folder }))).toBe('import_incomplete')
    const refused = checkImport(source(), { folder, maxBytes: 1e6, log: quiet })
    expect(await refusalOf(refused)).toBe('import_foreign')
    expect(chunks).toBe(100)
    expect(readdirSync(folder)).toEqual([])
    expect(leftovers()).toEqual([])
  })
})

describe.each(databases)('a refused import on $engine', ({ create }) => {
  let database: Database

  beforeAll(async () => {
    database = await openMigrated(create)
    await addUsers(
      database,
      { id: idOf(1), username: 'grace', role: 'admin', passwordHash: passwordHashOf() },
      { id: idOf(9), username: 'eve', email: 'eve@example.org' },
    )
    await addAnnouncements(database, { id: idOf(1, 2), authorId: idOf(1) })
  })

  it.each<[string, string, () => Buffer]>([
    [
      'a reference that is nowhere',
      'import_reference',
      () =>
        documentOf({
          users: [user({ id: idOf(5) })],
          announcements: [announcement({ id: idOf(5, 2), authorId: idOf(77) })],
        }),
    ],
    [
      'a user name twice',
      'import_conflict',
      () =>
        documentOf({
          users: [user({ id: idOf(5) }), user({ id: idOf(6) })],
          announcements: [],
        }),
    ],
    [
      'a user name that is taken',
      'import_user_conflict',
      () => documentOf({ users: [user({ id: idOf(5), username: 'eve' })], announcements: [] }),
    ],
    [
      'an e-mail address that is taken',
      'import_user_conflict',
      () =>
        documentOf({ users: [user({ id: idOf(5), email: 'eve@example.org' })], announcements: [] }),
    ],
    [
      'no administrator who could log in',
      'would_lock_out',
      () => documentOf({ users: [user({ id: idOf(1), username: 'grace' })], announcements: [] }),
    ],
  ])('changes nothing: %s', async (_what, code, bytes) => {
    const before = await exportOf(database)
    expect(await refusalOf(importInto(database, bytes()))).toBe(code)
    expect((await exportOf(database)).equals(before)).toBe(true)
  })

  it('may lean on what is there when it is merged, not when it replaces', async () => {
    const bytes = documentOf({
      users: [],
      announcements: [announcement({ id: idOf(5, 2), authorId: idOf(9) })],
    })
    expect(await refusalOf(importInto(database, bytes, { mode: 'replace' }))).toBe(
      'import_reference',
    )
    expect((await importInto(database, bytes)).tables['announcements']).toMatchObject({ added: 1 })
  })
})
