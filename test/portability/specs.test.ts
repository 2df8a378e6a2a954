import { eq } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import { searchFor } from '../fixtures/migrations/search.ts'
import { databases } from '../support/databases.ts'
import {
  addUsers,
  clear,
  documentOf,
  exportOf,
  idOf,
  importInto,
  openMigrated,
  passwordHashOf,
  refusalOf,
  type Row,
  sha256,
  urlOf,
  userRow,
} from './portability.fixture.ts'
import {
  documentRow,
  documentText,
  outlineRow,
  sorted,
  specId,
  specOf,
  specRow,
  stored,
  versionId,
  versionRow,
} from './specs.fixture.ts'

const admin = {
  id: idOf(1),
  username: 'admin',
  role: 'admin' as const,
  passwordHash: passwordHashOf(),
}
const adminRow = userRow({ ...admin, passwordHash: null })
const ownerId = admin.id

/** One spec whose versions have these texts, as an older backup has it. */
const backup = (texts: string[], values: Row = {}) =>
  documentOf({ users: [adminRow], ...specOf(texts, { ownerId, ...values }) })

describe.each(databases)('specs in an import on $engine', ({ create }) => {
  let database: Database

  beforeAll(async () => {
    database = await openMigrated(create)
  })

  beforeEach(async () => {
    await clear(database)
    await addUsers(database, admin)
  })

  const find = (word: string) => searchFor(urlOf(database), word)

  async function specNow() {
    const { specs } = database.tables
    const [spec] = await database.db
      .select()
      .from(specs)
      .where(eq(specs.id, specId(1)))
    return spec
  }

  async function idsOf(name: 'documents' | 'downloads' | 'specs' | 'versions') {
    const table = database.tables[name]
    const rows = await database.db.select({ id: table.id }).from(table).orderBy(table.id)
    return rows.map(({ id }) => id)
  }

  async function stateAfter(bytes: Buffer, code: string, options = {}) {
    const before = await exportOf(database, { history: true })
    expect(await refusalOf(importInto(database, bytes, options))).toBe(code)
    expect((await exportOf(database, { history: true })).equals(before)).toBe(true)
  }

  describe('documents', () => {
    it('are stored as an upload stores them, byte for byte', async () => {
      const texts = [
        documentText('Title'),
        '\ufeffbegins with a byte-order mark\r\n',
        'x'.repeat(100_000),
      ]
      await importInto(database, backup(texts))
      const rows = await database.db.select().from(database.tables.documents)
      const found = new Map(rows.map(({ id, content }) => [id, content]))
      for (const text of texts) expect(found.get(sha256(text))).toEqual(stored(text))
    })

    it('come once for all the versions that have them', async () => {
      const text = documentText('Title')
      const one = specOf([text], { ownerId })
      const bytes = documentOf({
        users: [adminRow],
        ...one,
        specs: [...one.specs, specRow({ id: specId(2), ownerId, slug: 'other' })],
        versions: [...one.versions, versionRow({ id: versionId(9), specId: specId(2) }, text)],
      })
      const { tables } = await importInto(database, bytes)
      expect(tables['documents']).toMatchObject({ added: 1 })
      expect(await idsOf('versions')).toHaveLength(2)
    })

    it('go when no version has them', async () => {
      const one = specOf([documentText('Title')], { ownerId })
      const documents = sorted([...one.documents, documentRow(documentText('Orphan'))])
      const bytes = documentOf({ users: [adminRow], ...one, documents })
      for (const mode of ['merge', 'replace'] as const) {
        const { tables } = await importInto(database, bytes, { mode })
        expect(tables['documents']?.removed).toBe(1)
        expect(await idsOf('documents')).toEqual([sha256(documentText('Title'))])
      }
    })

    it('that the import does not bring may be there already, and are as long as they are', async () => {
      const text = documentText('Title')
      await importInto(database, backup([text]))
      const more = (bytes: number) =>
        documentOf({
          versions: [
            versionRow({ id: versionId(5), specId: specId(1), state: 'deprecated', bytes }, text),
          ],
        })
      const length = Buffer.byteLength(text)
      await stateAfter(more(length + 1), 'import_row')
      await stateAfter(more(length), 'import_reference', { mode: 'replace' })
      expect(await refusalOf(importInto(database, more(length)))).toBeUndefined()
    })

    const text = documentText('Title')
    const one = specOf([text], { ownerId })
    const [document] = one.documents
    const [version] = one.versions
    const other = `${text} `
    it.each<[string, string, Record<string, Row[]>]>([
      ['another text under a hash', 'import_row', { documents: [{ ...document, content: other }] }],
      [
        'a hash in capitals',
        'import_row',
        { documents: [{ ...document, id: sha256(text).toUpperCase() }] },
      ],
      ['a text that is none', 'import_row', { documents: [{ ...document, content: null }] }],
      ['bytes instead of text', 'import_row', { documents: [{ ...document, content: [1, 2] }] }],
      ['an empty text', 'import_row', { documents: [{ ...documentRow(''), content: '' }] }],
      ['no outline', 'import_row', { documents: [{ ...document, outline: null }] }],
      ['an outline that is a text', 'import_row', { documents: [{ ...document, outline: '{}' }] }],
      [
        'an outline with more',
        'import_row',
        { documents: [{ ...document, outline: { ...outlineRow('Title'), more: 1 } }] },
      ],
      [
        'an outline without a title',
        'import_row',
        { documents: [{ ...document, outline: { ...outlineRow('Title'), title: undefined } }] },
      ],
      [
        'an operation that is none',
        'import_row',
        { documents: [{ ...document, outline: outlineRow('Title', [{ method: 'get' }]) }] },
      ],
      [
        'a title that is too long',
        'import_row',
        { documents: [{ ...document, outline: outlineRow('x'.repeat(201)) }] },
      ],
      [
        'a control character in an outline',
        'import_row',
        { documents: [{ ...document, outline: outlineRow('\u0000') }] },
      ],
      [
        'another length',
        'import_row',
        { versions: [{ ...version, bytes: Buffer.byteLength(text) + 1 }] },
      ],
      ['a finding that is none', 'import_row', { versions: [{ ...version, findings: [{}] }] }],
      ['a document that is nowhere', 'import_reference', { documents: [] }],
      [
        'a spec that is nowhere',
        'import_reference',
        { versions: [{ ...version, specId: specId(7) }] },
      ],
      ['tags that are none', 'import_row', { specs: [{ ...one.specs[0], tags: ['A B'] }] }],
      ['a tag twice', 'import_row', { specs: [{ ...one.specs[0], tags: ['a', 'a'] }] }],
      ['words with two blanks', 'import_row', { spec_tokens: [{ id: specId(1), tokens: 'a  b' }] }],
      [
        'too many words',
        'import_row',
        {
          spec_tokens: [
            {
              id: specId(1),
              tokens: `${'é'.repeat(100)} `.repeat(2700).trim(),
            },
          ],
        },
      ],
    ])('are refused with %s', async (_what, code, tables) => {
      await importInto(database, backup([documentText('There already')]))
      await stateAfter(documentOf({ users: [adminRow], ...one, ...tables }), code)
    })
  })

  describe('versions', () => {
    const older = documentText('Older')
    const newer = documentText('Newer')

    it('never get other bytes by a merge; replacing everything may', async () => {
      await importInto(database, backup([older]))
      const other = backup([newer])
      await stateAfter(other, 'import_immutable')
      await importInto(database, other, { mode: 'replace' })
      expect(await idsOf('documents')).toEqual([sha256(newer)])
    })

    it('of two specs may swap their names, and one of another id may not take one', async () => {
      await importInto(database, backup([older, newer]))
      const one = specOf([older, newer], { ownerId })
      const swapped = one.versions.map((row, at) => ({ ...row, version: `${1 - at}` }))
      const { tables } = await importInto(
        database,
        documentOf({ users: [adminRow], ...one, versions: swapped }),
      )
      expect(tables['versions']).toMatchObject({ changed: 2 })
      const taken = [{ ...one.versions[1], id: versionId(7), version: '0' }]
      await stateAfter(
        documentOf({ users: [adminRow], ...one, documents: one.documents, versions: taken }),
        'import_conflict',
      )
    })
  })

  describe('what follows from the versions', () => {
    const older = documentText('Older')
    const newer = documentText('Newer')

    it('is set anew, whatever the import says', async () => {
      const bytes = backup([older, newer], {
        latestId: versionId(0),
        open: false,
        format: 'swagger-2.0',
      })
      for (const mode of ['merge', 'replace'] as const) {
        await importInto(database, bytes, { mode })
        expect(await specNow()).toMatchObject({
          latestId: versionId(1),
          open: true,
          format: 'openapi-3.1',
          revision: 1,
        })
      }
    })

    it.each<[string, string[], string, number | null, boolean]>([
      ['the newest that is published', ['published', 'published', 'draft'], 'public', 1, true],
      ['else the newest deprecated', ['deprecated', 'withdrawn', 'draft'], 'public', 0, true],
      ['none of those withdrawn', ['withdrawn', 'draft'], 'public', null, true],
      ['none of drafts, which nobody sees', ['draft', 'draft'], 'public', null, false],
      ['one of a private spec, which nobody sees', ['draft', 'published'], 'private', 1, false],
    ])('latest is %s', async (_what, states, visibility, latest, open) => {
      const texts = states.map((_, at) => documentText(`${at}`))
      const one = specOf(texts, { ownerId, visibility, open: !open, latestId: 'elsewhere' })
      const versions = one.versions.map((row, at) => ({ ...row, state: states[at] }))
      await importInto(database, documentOf({ users: [adminRow], ...one, versions }))
      expect(await specNow()).toMatchObject({
        latestId: latest === null ? null : versionId(latest),
        open,
      })
    })

    /** The newer version, as its upload left the database. */
    async function withNewerVersion(title = 'Newer') {
      const one = specOf([older, newer], {
        ownerId,
        title,
        titleKey: title.toLowerCase(),
        revision: 2,
      })
      const documents = sorted([
        documentRow(older, 'Older', ['/old']),
        documentRow(newer, 'Newer', ['/new']),
      ])
      await importInto(database, documentOf({ users: [adminRow], ...one, documents }))
    }
    const olderBackup = (title: string) => {
      const one = specOf([older], { ownerId, title, titleKey: title.toLowerCase() })
      const documents = [documentRow(older, 'Older', ['/old'])]
      const spec_tokens = [{ id: specId(1), tokens: 'older old' }]
      return documentOf({ users: [adminRow], ...one, documents, spec_tokens })
    }

    it('stays the newest when an older backup is merged; so do title and words', async () => {
      await withNewerVersion()
      const report = await importInto(database, olderBackup('Older'))
      expect(report.tables['versions']).toEqual({ added: 0, changed: 0, same: 1, removed: 0 })
      expect(await specNow()).toMatchObject({
        latestId: versionId(1),
        title: 'Newer',
        titleKey: 'newer',
        revision: 2,
      })
      expect([await find('newer'), await find('new'), await find('old')]).toEqual([
        [specId(1)],
        [specId(1)],
        [],
      ])
      expect(await idsOf('documents')).toHaveLength(2)
      const once = await exportOf(database)
      await importInto(database, olderBackup('Older'))
      expect((await exportOf(database)).equals(once)).toBe(true)
    })

    it('leaves a title that somebody gave', async () => {
      await withNewerVersion()
      await importInto(database, olderBackup('Mine'))
      expect(await specNow()).toMatchObject({
        latestId: versionId(1),
        title: 'Mine',
        titleKey: 'mine',
      })
      expect([await find('mine'), await find('new')]).toEqual([[specId(1)], [specId(1)]])
    })

    it('follows a version that comes without its spec', async () => {
      await importInto(database, olderBackup('Older'))
      const bytes = documentOf({
        documents: [documentRow(newer, 'Newer', ['/new'])],
        versions: [versionRow({ id: versionId(1), specId: specId(1) }, newer)],
      })
      await importInto(database, bytes)
      expect(await specNow()).toMatchObject({ latestId: versionId(1), title: 'Newer', revision: 2 })
      expect([await find('new'), await find('old')]).toEqual([[specId(1)], []])
    })

    it('words are made where none came, and counts of downloads too', async () => {
      const one = specOf([older], { ownerId, title: 'Older', tags: ['a-tag'] })
      const documents = [documentRow(older, 'Older', ['/old/{petId}'])]
      await importInto(
        database,
        documentOf({ users: [adminRow], ...one, documents, spec_tokens: [] }),
      )
      expect([await find('pet'), await find('tag:a-tag')]).toEqual([[specId(1)], [specId(1)]])
      expect(await database.db.select().from(database.tables.downloads)).toEqual([
        { id: specId(1), count: 0 },
      ])
      expect(await specNow()).toMatchObject({ title: 'Older', revision: 1 })
    })

    it('counts of downloads come with the history, and stay without it', async () => {
      const one = specOf([older], { ownerId })
      const counted = documentOf({
        users: [adminRow],
        announcements: [],
        ...one,
        downloads: [{ id: specId(1), count: 7 }],
      })
      await importInto(database, counted)
      await importInto(database, backup([older], { title: 'Changed' }), { mode: 'replace' })
      expect(await database.db.select().from(database.tables.downloads)).toEqual([
        { id: specId(1), count: 7 },
      ])
    })

    it('is rehearsed without a trace', async () => {
      await withNewerVersion()
      const before = await exportOf(database, { history: true })
      const rehearsed = await importInto(database, olderBackup('Older'), { dryRun: true })
      expect((await exportOf(database, { history: true })).equals(before)).toBe(true)
      expect(await importInto(database, olderBackup('Older'))).toEqual({
        ...rehearsed,
        dryRun: false,
      })
    })
  })

  describe('their owners', () => {
    const text = documentText('Title')

    it('are the users who are there, when names are mapped', async () => {
      await addUsers(database, { id: idOf(2), username: 'ada' })
      const bytes = documentOf({
        users: [userRow({ id: idOf(12), username: 'ada' })],
        ...specOf([text], { ownerId: idOf(12) }),
      })
      await stateAfter(bytes, 'import_user_conflict')
      await importInto(database, bytes, { mapUsers: true })
      expect((await specNow())?.ownerId).toBe(idOf(2))
    })

    async function makeBootstrap() {
      await database.unitOfWork({}, (tx) =>
        tx.insert(database.tables.settings).values({ key: 'bootstrap_admin', value: admin.id }),
      )
    }
    const otherAdmin = documentOf({
      users: [userRow({ ...admin, id: idOf(9), passwordHash: null })],
    })

    it('keep the bootstrap administrator from being adopted', async () => {
      await makeBootstrap()
      await importInto(database, backup([text]))
      await stateAfter(otherAdmin, 'import_user_conflict')
    })

    it('control: without specs he is adopted', async () => {
      await makeBootstrap()
      expect((await importInto(database, otherAdmin)).tables['users']).toMatchObject({ added: 1 })
    })
  })
})
