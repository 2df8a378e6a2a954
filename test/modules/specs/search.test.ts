import { randomUUIDv7 } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { checkDocument } from '../../../src/descriptions/check.ts'
import { freeName, slugOf } from '../../../src/modules/specs/slug.ts'
import { titleKeyOf, tokensOf } from '../../../src/search/tokens.ts'
import { databases } from '../../support/databases.ts'
import { startService, type Service } from '../../support/service.ts'
import { bytesOf, specs } from '../../support/specs.ts'
import { sha256 } from './specs.fixture.ts'
import { allWordsOf, fits, type Searched } from './search.rule.ts'

interface Known extends Searched {
  /** Sorts as the list does. */
  place: string
  words: Set<string>
}

/** Files that take the schema check long, or have what few others have, are not needed to be searched for. */
const bytesMost = 400_000

const extras = [
  ['straße', 'Straße nach Österreich', 'Łódź, Ærøskøbing, naïve café'],
  ['tokyo', '東京都 ガイド API', '한국어 설명서 हिन्दी Ελλάδα ΣΊΣΥΦΟΣ عربى'],
  ['quotes', 'AND OR NOT NEAR', `"quoted" 'single' back\\slash star* colon: tag:art -minus`],
  ['emoji', '🏛 Museum ❤️', 'getHTTPServerStatusV2 OAuth2Token iOSApp x'],
  ['long', 'Long', `${'a'.repeat(90)} ${'𐐨'.repeat(70)} ﬁligree Ⅷ №5`],
] as const

describe('searches', () => {
  const services: Service[] = []
  const known: Known[] = []

  beforeAll(async () => {
    const rows = await knownRows()
    for (const { create } of databases) {
      const service = await startService(create)
      const ownerId = (await service.app.storage.users.byUsername('admin'))!.id
      await service.app.storage.unitOfWork({ deadline: 'bulk' }, async (tx) => {
        await tx.documents.create(document)
        for (const { spec, version, tokens } of rows) {
          await tx.specs.create({ ...spec, ownerId })
          await tx.versions.create(version)
          await tx.specTokens.put(spec.id, tokens)
          await tx.downloads.create(spec.id)
        }
      })
      services.push(service)
    }
  }, 120_000)

  const bytes = Buffer.from('{}')
  const document = {
    id: sha256(bytes),
    outline: { title: '', summary: null, version: null, operations: [] },
    content: gzipSync(bytes),
  }

  async function knownRows() {
    const rows = []
    const taken = new Set<string>()
    const described = [
      ...specs('real')
        .filter(({ content }) => content.length < bytesMost)
        .map((spec) => checkDocument(bytesOf(spec)).description),
      ...extras.map(([, title, summary]) => ({ title, summary, operations: [] })),
    ]
    for (const [i, { title, summary, operations }] of described.entries()) {
      const slug = await freeName(slugOf(title), '-', (names) =>
        Promise.resolve(new Set(names.filter((name) => taken.has(name)))),
      )
      taken.add(slug)
      const tags = i % 3 === 0 ? ['art', `tag-${i % 7}`] : []
      const id = randomUUIDv7()
      const createdAt = new Date(1_800_000_000_000 + (i % 20) * 1000).toISOString()
      const searched = { slug, title, summary, tags, operations }
      known.push({ ...searched, place: `${createdAt} ${id}`, words: allWordsOf(searched) })
      const versionId = randomUUIDv7()
      const format = 'openapi-3.1' as const
      rows.push({
        spec: {
          id,
          slug,
          title: title || 'Untitled',
          titleKey: titleKeyOf(title),
          summary,
          visibility: 'public' as const,
          tags,
          format,
          latestId: versionId,
          open: true,
          revision: 1,
          createdAt,
          updatedAt: createdAt,
        },
        version: {
          id: versionId,
          specId: id,
          version: '1',
          state: 'published' as const,
          documentId: document.id,
          format,
          mediaType: 'application/json' as const,
          bytes: 2,
          valid: true,
          findings: [],
          operations: operations.length,
          createdAt,
        },
        tokens: tokensOf({ ...searched, format }, operations),
      })
    }
    return rows
  }

  /** Words of titles, paths and ids, whole, begun, and in pairs; and what has a meaning in some query language. */
  function queries(): string[] {
    const found: string[] = []
    for (const [i, spec] of known.entries()) {
      const operation = spec.operations[i % Math.max(1, spec.operations.length)]
      const titles = spec.title.split(/\s+/)
      found.push(spec.title, spec.slug, titles[0] ?? '', (titles.at(-1) ?? '').slice(0, 4))
      if (!operation) continue
      found.push(operation.path, operation.operationId ?? '', operation.path.slice(1, 6))
      found.push(`${titles[0]} ${operation.path.split('/')[2] ?? ''}`)
      found.push((operation.summary ?? '').split(' ').slice(0, 5).join(' '))
    }
    const usual = [...new Set(found)].filter((q) => isQuery(q))
    // Spread over all of them.
    const step = Math.max(1, Math.floor(usual.length / 150))
    return [...usual.filter((_, i) => i % step === 0).slice(0, 150), ...unusual]
  }

  const isQuery = (q: string) =>
    Array.from(q).length >= 2 && Array.from(q).length <= 100 && wordCount(q) <= 8
  const wordCount = (q: string) => tokensOfQuery(q).length
  const tokensOfQuery = (q: string) => [...allWordsOf({ ...nothing, title: q })]
  const nothing = { slug: '', title: '', summary: null, tags: [], operations: [] }

  // oxfmt-ignore
  const unusual = [
    
      'STRASSE',
      'straße',
      'strasse nach oster',
      'Österreich',
      'łódź',
      'lodz',
      'naive',
      'cafe\u0301',
    '東京', '東京都 ガ', '한국', 'हिन्', 'ελλαδα', 'σίσυφος', 'ΣΊΣΥΦΟ', 'عربى', '東京 ガイド',
    
      'AND',
      'OR',
      'NOT',
      'NEAR',
      'AND OR',
      'and not near',
      'NEAR(a b, 3)',
      'get AND list',
      'a OR b',
    
      '"',
      `'"`,
      '""',
      `"quoted"`,
      `'single'`,
      'back\\slash',
      'st*',
      '*',
      '**',
      'star*',
      'colon:',
      ':*',
    
      'tag:art',
      'tag:art tag:art',
      'format:openapi-3.1',
      'tokens : get',
      '-minus',
      '- -',
      '^get',
      '{get}',
    
      `'; drop table specs; --`,
      `" OR "1"="1`,
      `a' & 'b`,
      `x') union select 1 --`,
      '\\',
      '%%',
      '__',
      '$1',
    '🏛', '🏛 Museum', '❤️', '👩‍👩‍👧', 'x', 'x ', ' x', 'a b', 'getHTTPServer', 'httpserverstatus',
    
      'http server status v2',
      'oauth2',
      'OAuth2',
      'ios app',
      'iOSApp',
      'a-',
      'e\u0301-',
      'ﬁli',
      'viii',
      'no5',
    
      'a'.repeat(64),
      'a'.repeat(63),
      'a'.repeat(90),
      '𐐨'.repeat(64),
      '𐐨'.repeat(70),
      'ａｐｉ',
      'api   ',
      '\tapi\n',
    
      'a b c d e f g h',
      'the the the',
      'api api',
      'ap api',
      '0',
      '00',
      '1 2',
      '2.0',
      'v1',
      '/v1/',
      'ı',
      'İst',
  ].filter((q) => Array.from(q).length >= 2)

  it('of words, beginnings, accents, signs and operators give the same on both engines, and what the rule says', async () => {
    const asked = queries()
    expect(asked.length).toBeGreaterThan(known.length > 50 ? 200 : 100)
    const order = known.toSorted((a, b) => (a.place < b.place ? 1 : -1))
    let found = 0
    for (const q of asked) {
      const expected = order.filter(({ words }) => fits(words, q)).map(({ slug }) => slug)
      found += Math.sign(expected.length)
      for (const { call } of services) {
        const { status, json, text } = await call(
          'GET',
          `/api/specs?limit=1000&q=${encodeURIComponent(q)}`,
        )
        expect(status, `${q}: ${text}`).toBe(200)
        const slugs = json.items.map(({ slug }: { slug: string }) => slug)
        expect(slugs, q).toEqual(expected)
      }
    }
    // The control: the rule finds something for most of them.
    expect(found).toBeGreaterThan(asked.length / 2)
    for (const { call } of services) {
      const { json } = await call('GET', '/api/specs?limit=1000')
      expect(json.items).toHaveLength(known.length)
    }
  }, 120_000)

  it('follow the tokens that a spec gets, and forget one that is removed', async () => {
    for (const { app, call } of services) {
      const slugs = async (q: string) =>
        (await call('GET', `/api/specs?q=${q}`)).json.items.map(
          (spec: { slug: string }) => spec.slug,
        )
      const { id, slug } = (await app.storage.specs.bySlug(known[0]!.slug))!
      await app.storage.unitOfWork({}, (tx) => tx.specTokens.put(id, ['zzfirst', 'tag:zz']))
      expect(await slugs('zzfir')).toEqual([slug])
      await app.storage.unitOfWork({}, (tx) => tx.specTokens.put(id, ['zzsecond']))
      expect(await slugs('zzfirst')).toEqual([])
      expect(await slugs('zzsecond')).toEqual([slug])
      await app.storage.unitOfWork({}, (tx) => tx.specs.remove(id))
      expect(await slugs('zzsecond')).toEqual([])
    }
  })
})
