import { createHash, randomUUIDv7 } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import type { SpecRow } from '../../../src/modules/specs/specs.repository.ts'
import type { VersionRow } from '../../../src/modules/specs/versions.repository.ts'
import { tokensOf } from '../../../src/search/tokens.ts'
import { databases } from '../../support/databases.ts'
import { startService, type Service } from '../../support/service.ts'

describe.each(databases)('the repositories of specs on $engine', ({ create }) => {
  let service: Service
  let storage: Service['app']['storage']
  let ownerId: string

  beforeAll(async () => {
    service = await startService(create)
    storage = service.app.storage
    ownerId = (await storage.users.byUsername('admin'))!.id
  })

  function specRow(changes: Partial<SpecRow> = {}): SpecRow {
    const id = randomUUIDv7()
    const now = new Date().toISOString()
    return {
      id,
      slug: `spec-${id}`,
      title: 'Museum API 🏛',
      titleKey: 'museum api',
      summary: null,
      ownerId,
      visibility: 'public',
      tags: ['culture'],
      format: 'openapi-3.1',
      latestId: null,
      open: true,
      revision: 1,
      createdAt: now,
      updatedAt: now,
      ...changes,
    }
  }

  function versionRow(spec: SpecRow, changes: Partial<VersionRow> = {}): VersionRow {
    return {
      id: randomUUIDv7(),
      specId: spec.id,
      version: '1.0.0',
      state: 'published',
      documentId: sha256(spec.id),
      format: 'openapi-3.1',
      mediaType: 'application/yaml',
      bytes: 36,
      valid: null,
      findings: [{ pointer: '/info', message: 'must have a version' }],
      operations: 3,
      createdAt: new Date().toISOString(),
      ...changes,
    }
  }

  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
  const documentRow = (text: string) => ({
    id: sha256(text),
    outline: { title: text, summary: null, version: null, operations: [] },
    content: gzipSync(text),
  })

  /** A spec with a version, its document, its tokens and its count. */
  async function stored(specChanges: Partial<SpecRow> = {}, changes: Partial<VersionRow> = {}) {
    const spec = specRow(specChanges)
    const version = versionRow(spec, changes)
    const row = { ...spec, latestId: version.id }
    await storage.unitOfWork({}, async (tx) => {
      await tx.specs.create(row)
      await tx.documents.create(documentRow(spec.id))
      await tx.versions.create(version)
      await tx.specTokens.put(spec.id, ['museum', 'tag:culture'])
      await tx.downloads.create(spec.id)
    })
    return { spec: row, version }
  }

  it('find a spec by slug and by id, with its latest version and its count', async () => {
    const { spec, version } = await stored({}, { valid: false })
    const found = await storage.specs.bySlug(spec.slug)
    expect(found).toEqual({ ...spec, latest: version, downloads: 0 })
    expect(await storage.specs.byId(spec.id)).toEqual(found)
    expect(await storage.specs.bySlug('no-such-spec')).toBeUndefined()
  })

  it('find a spec that has neither a latest version nor a count', async () => {
    const spec = specRow()
    await storage.unitOfWork({}, (tx) => tx.specs.create(spec))
    expect(await storage.specs.bySlug(spec.slug)).toEqual({ ...spec, latest: null, downloads: 0 })
  })

  it('update a spec of the revision that is meant, and no other', async () => {
    const { spec } = await stored()
    const found = (await storage.specs.bySlug(spec.slug))!
    const changed = { ...found, title: 'Other', revision: 2 }
    const update = (revision: number) =>
      storage.unitOfWork({}, (tx) => tx.specs.update(changed, revision))
    expect(await update(7)).toBe(false)
    expect((await storage.specs.byId(spec.id))?.title).toBe(spec.title)
    expect(await update(1)).toBe(true)
    expect((await storage.specs.byId(spec.id))?.title).toBe('Other')
  })

  it('tell which slugs and which names are taken, among as many as are asked for', async () => {
    const { spec } = await stored({}, { version: 'taken/1' })
    const many = Array.from({ length: 70 }, (_, i) => `free-${i}`)
    expect(await storage.specs.takenSlugs([...many, spec.slug])).toEqual(new Set([spec.slug]))
    expect(await storage.specs.takenSlugs([])).toEqual(new Set())
    const names = await storage.versions.takenNames(spec.id, ['taken/1', ...many])
    expect(names).toEqual(new Set(['taken/1']))
  })

  it('list versions from the newest, page by page, and leave out drafts', async () => {
    const spec = specRow()
    const at = (ms: number) => new Date(1_800_000_000_000 + ms).toISOString()
    const rows = [
      versionRow(spec, { version: '1', createdAt: at(1) }),
      versionRow(spec, { version: '2', createdAt: at(2), state: 'draft' }),
      versionRow(spec, { version: '3', createdAt: at(2), state: 'deprecated' }),
      versionRow(spec, { version: '4', createdAt: at(2), state: 'withdrawn' }),
    ].sort((a, b) => (a.id < b.id ? -1 : 1))
    await storage.unitOfWork({}, async (tx) => {
      await tx.specs.create(spec)
      await tx.documents.create(documentRow(spec.id))
      for (const row of rows) await tx.versions.create(row)
    })
    const order = rows.toSorted((a, b) => (a.createdAt + a.id < b.createdAt + b.id ? 1 : -1))
    const all = { specId: spec.id, drafts: true, limit: 10 }
    expect(await storage.versions.list(all)).toEqual(order)
    const shown = order.filter(({ state }) => state !== 'draft')
    expect(await storage.versions.list({ ...all, drafts: false })).toEqual(shown)
    for (const [i, after] of order.entries()) {
      expect(await storage.versions.list({ ...all, after, limit: 2 })).toEqual(
        order.slice(i + 1, i + 3),
      )
    }
  })

  it('tell the latest version, and the one that speaks for the spec', async () => {
    const { spec, version } = await stored({}, { state: 'draft' })
    const current = () => storage.versions.current(spec.id)
    expect(await current()).toEqual({ latest: null, current: version })
    expect(await storage.versions.areDrafts(spec.id)).toBe(true)

    const set = (id: string, state: VersionRow['state']) =>
      storage.unitOfWork({}, (tx) => tx.versions.setState(id, state))
    await set(version.id, 'deprecated')
    const latest = { ...version, state: 'deprecated' }
    expect(await current()).toEqual({ latest, current: latest })
    expect(await storage.versions.areDrafts(spec.id)).toBe(false)

    const next = versionRow(spec, { version: '2', createdAt: '2000-01-01T00:00:00.000Z' })
    await storage.unitOfWork({}, (tx) => tx.versions.create(next))
    expect(await current()).toEqual({ latest: next, current: next })
    await set(next.id, 'withdrawn')
    expect(await current()).toEqual({ latest, current: latest })
  })

  it('find a version by its name and by its document, of this spec only', async () => {
    const { spec, version } = await stored({}, { version: '1.0/β' })
    const other = await stored()
    const { versions } = storage
    expect(await versions.find(spec.id, '1.0/β')).toEqual(version)
    expect(await versions.find(other.spec.id, '1.0/β')).toBeUndefined()
    expect(await versions.withDocument(spec.id, version.documentId)).toEqual(version)
    expect(await versions.withDocument(other.spec.id, version.documentId)).toBeUndefined()
    expect(await versions.documentIds(spec.id)).toEqual([version.documentId])
  })

  it('give a document by slug and name, and the latest one', async () => {
    const { spec, version } = await stored({}, { version: 'v 1' })
    const head = {
      specId: spec.id,
      slug: spec.slug,
      ownerId,
      open: true,
      versionId: version.id,
      version: 'v 1',
      state: 'published',
      sha256: version.documentId,
      mediaType: 'application/yaml',
      bytes: 36,
    }
    const content = gzipSync(spec.id)
    const { versions, documents } = storage
    for (const name of ['v 1', 'latest']) {
      expect(await versions.documentHead(spec.slug, name)).toEqual(head)
      expect(await versions.document(spec.slug, name)).toEqual({ ...head, content })
    }
    expect(await versions.document(spec.slug, 'v 2')).toBeUndefined()
    expect(await versions.document('no-such-spec', 'latest')).toBeUndefined()
    expect(await documents.content(version.documentId)).toEqual(content)
    expect((await documents.outline(version.documentId))?.title).toBe(spec.id)
    expect(await documents.outline('0'.repeat(64))).toBeUndefined()
  })

  it('keep a document while a version has it, and one document for the same bytes', async () => {
    const { spec, version } = await stored()
    const other = await stored({}, { documentId: version.documentId })
    const { documentId } = version
    const own = sha256(other.spec.id)
    await storage.unitOfWork({}, async (tx) => {
      await tx.documents.create(documentRow(spec.id))
      await tx.specs.remove(spec.id)
      await tx.documents.removeUnused([documentId, own])
    })
    expect(await storage.specs.byId(spec.id)).toBeUndefined()
    expect(await storage.documents.content(documentId)).toBeDefined()
    expect(await storage.documents.content(own)).toBeUndefined()
    await storage.unitOfWork({}, async (tx) => {
      expect(await tx.specs.remove(other.spec.id)).toBe(true)
      expect(await tx.specs.remove(other.spec.id)).toBe(false)
      await tx.documents.removeUnused([documentId])
    })
    expect(await storage.documents.content(documentId)).toBeUndefined()
  })

  it('add to the counts of specs that are there, as many as are given', async () => {
    const made = await Promise.all(Array.from({ length: 3 }, () => stored()))
    const gone = Array.from({ length: 60 }, () => [randomUUIDv7(), 1] as const)
    const counts = new Map([...gone, ...made.map(({ spec }, i) => [spec.id, i + 1] as const)])
    await storage.unitOfWork({}, (tx) => tx.downloads.add(counts))
    await storage.unitOfWork({}, (tx) => tx.downloads.add(counts))
    const found = await Promise.all(made.map(({ spec }) => storage.specs.byId(spec.id)))
    expect(found.map((spec) => spec?.downloads)).toEqual([2, 4, 6])
    // A count that exists is not begun anew.
    const { id } = made[0]!.spec
    await storage.unitOfWork({}, (tx) => tx.downloads.create(id))
    expect((await storage.specs.byId(id))?.downloads).toBe(2)
  })

  it('keep as many and as long tokens as a spec may have, and find each', async () => {
    const { spec } = await stored()
    const operations = Array.from({ length: 20_000 }, (_, i) => ({
      method: 'get',
      path: `/${'𐐨'.repeat(i % 70)}x${i}`,
      operationId: null,
      summary: null,
      tags: [],
      deprecated: false,
    }))
    const tokens = tokensOf(spec, operations)
    expect(Buffer.byteLength(tokens.join(' '))).toBeGreaterThan(400_000)
    await storage.unitOfWork({}, (tx) => tx.specTokens.put(spec.id, tokens))
    const wanted = { whole: [tokens[2]!, 'x0'], prefix: tokens.at(-1)! }
    const found = await storage.specList.list({
      sort: 'new',
      limit: 2,
      reader: { all: true, userId: null },
      wanted,
    })
    expect(found.map(({ id }) => id)).toEqual([spec.id])
  })
})
