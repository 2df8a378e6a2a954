import { randomUUIDv7 } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Visibility } from '../../../src/database/tables/spec.tables.ts'
import type { Format } from '../../../src/descriptions/description.ts'
import { titleKeyOf, tokensOf } from '../../../src/search/tokens.ts'
import { databases } from '../../support/databases.ts'
import { startService, type Answer, type Service } from '../../support/service.ts'
import { sha256 } from './specs.fixture.ts'

interface Made {
  slug: string
  title: string
  owner: string
  visibility: Visibility
  draft: boolean
  tags: string[]
  format: Format
  content: string
  createdAt: string
  updatedAt: string
  downloads: number
}

const sorts = ['new', 'updated', 'title', 'downloads'] as const
type Sort = (typeof sorts)[number]
type Reader = 'guest' | 'member' | 'owner' | 'editor' | 'admin'

describe.each(databases)('the list of specs on $engine', ({ create }) => {
  let service: Service
  const tokens: Record<Reader, string | undefined> = {
    guest: undefined,
    member: '',
    owner: '',
    editor: '',
    admin: '',
  }
  const made: (Made & { id: string })[] = []

  beforeAll(async () => {
    service = await startService(create)
    tokens.member = await service.tokenOf('member', 'mona')
    tokens.owner = await service.tokenOf('member', 'otto')
    tokens.editor = await service.tokenOf('editor', 'edda')
    tokens.admin = await service.login()
    const titles = ['Zebra', 'éclair', 'Eclair', 'apple', 'Äpfel', '🏛', 'museum', 'Museum API']
    for (let i = 0; i < 60; i++) {
      // Some have the same times and counts, so that ids decide.
      const at = new Date(1_800_000_000_000 + Math.floor(i / 3) * 1000).toISOString()
      await add({
        slug: `spec-${i}`,
        title: titles[i % titles.length]!,
        owner: i % 4 === 0 ? 'otto' : 'admin',
        visibility: i % 5 === 1 ? 'private' : 'public',
        draft: i % 6 === 2,
        tags: i % 2 === 0 ? ['art', 'x-ray'] : [],
        format: i % 3 === 0 ? 'asyncapi-2.6' : 'openapi-3.1',
        content: `\ufeff{"number": ${i}, "text": "“é” 🏛"}`,
        createdAt: at,
        updatedAt: new Date(Date.parse(at) + ((i * 7) % 11) * 60_000).toISOString(),
        downloads: (i * 5) % 7,
      })
    }
  })

  async function add(spec: Made) {
    const { storage } = service.app
    const owner = (await storage.users.byUsername(spec.owner))!
    const { owner: _owner, draft, content, downloads, ...rest } = spec
    const id = randomUUIDv7()
    const versionId = randomUUIDv7()
    const bytes = Buffer.from(content)
    const documentId = sha256(bytes)
    const state = draft ? ('draft' as const) : ('published' as const)
    await storage.unitOfWork({}, async (tx) => {
      await tx.specs.create({
        ...rest,
        id,
        titleKey: titleKeyOf(spec.title),
        summary: null,
        ownerId: owner.id,
        latestId: draft ? null : versionId,
        open: spec.visibility === 'public' && !draft,
        revision: 1,
      })
      const outline = { title: spec.title, summary: null, version: null, operations: [] }
      await tx.documents.create({ id: documentId, outline, content: gzipSync(bytes) })
      await tx.versions.create({
        id: versionId,
        specId: id,
        version: '1',
        state,
        documentId,
        format: spec.format,
        mediaType: 'application/json',
        bytes: bytes.length,
        valid: true,
        findings: [],
        operations: 0,
        createdAt: spec.createdAt,
      })
      await tx.specTokens.put(id, tokensOf({ ...spec, summary: null }, []))
      await tx.downloads.create(id)
      await tx.downloads.add(new Map([[id, downloads]]))
    })
    made.push({ ...spec, id })
  }

  /** What a reader is to see, in order. */
  function expected(
    reader: Reader,
    sort: Sort = 'new',
    fits: (spec: Made) => boolean = () => true,
  ) {
    const seesAll = reader === 'editor' || reader === 'admin'
    const visible = made.filter(
      (spec) =>
        fits(spec) &&
        (seesAll ||
          (spec.visibility === 'public' && !spec.draft) ||
          (reader === 'owner' && spec.owner === 'otto')),
    )
    const keys = {
      new: (spec: Made) => spec.createdAt,
      updated: (spec: Made) => spec.updatedAt,
      title: (spec: Made) => titleKeyOf(spec.title),
      downloads: (spec: Made) => spec.downloads,
    }
    const key = keys[sort]
    const sign = sort === 'title' ? 1 : -1
    const order = (a: string | number, b: string | number) => (a < b ? -sign : a > b ? sign : 0)
    return visible
      .sort((a, b) => order(key(a), key(b)) || order(a.id, b.id))
      .map(({ slug }) => slug)
  }

  const get = (query: string, reader: Reader = 'guest') =>
    service.call('GET', `/api/specs${query}`, { as: tokens[reader] })
  const slugsOf = ({ json }: Answer): string[] =>
    json.items.map(({ slug }: { slug: string }) => slug)

  /** Every page, along the cursors. */
  async function all(query: string, reader: Reader) {
    const slugs: string[] = []
    for (let next = query; ;) {
      const answer = await get(next, reader)
      expect(answer.status, answer.text).toBe(200)
      slugs.push(...slugsOf(answer))
      const { nextCursor } = answer.json
      const link = nextCursor === null ? undefined : answer.headers.link
      expect(answer.headers.link).toBe(link)
      if (link === undefined) return slugs
      next = /^<\/api\/specs(\?.*)>; rel="next"$/.exec(link)?.[1] ?? 'no link'
    }
  }

  const readers = Object.keys(tokens) as Reader[]
  const cases = readers.flatMap((reader) => sorts.map((sort) => [reader, sort] as const))

  it.each(cases)('shows a %s all that they may see, by %s, page by page', async (reader, sort) => {
    const slugs = expected(reader, sort)
    expect(await all(`?sort=${sort}&limit=1000`, reader)).toEqual(slugs)
    expect(await all(`?sort=${sort}&limit=7`, reader)).toEqual(slugs)
    expect(await all(`?sort=${sort}&limit=49`, reader)).toEqual(slugs)
  })

  const filters: [string, (spec: Made) => boolean][] = [
    ['tag=art', ({ tags }) => tags.includes('art')],
    ['tag=x-ray&format=asyncapi-2.6', (s) => s.tags.length > 0 && s.format === 'asyncapi-2.6'],
    ['tag=x', () => false],
    ['format=openapi-3.1', ({ format }) => format === 'openapi-3.1'],
    ['format=swagger-2.0', () => false],
    ['owner=otto', ({ owner }) => owner === 'otto'],
    ['owner=OTTO&tag=art', (s) => s.owner === 'otto' && s.tags.length > 0],
    ['owner=nobody', () => false],
    ['visibility=private', ({ visibility }) => visibility === 'private'],
    ['visibility=public', ({ visibility }) => visibility === 'public'],
    ['owner=otto&visibility=private', (s) => s.owner === 'otto' && s.visibility === 'private'],
    ['owner=admin&visibility=private', (s) => s.owner === 'admin' && s.visibility === 'private'],
    ['q=mus', ({ title }) => /museum/i.test(title)],
    ['q=museum+api', ({ title }) => /api/i.test(title)],
    ['q=eclair', ({ title }) => /clair/i.test(title)],
    ['q=art&owner=otto', (s) => s.tags.length > 0 && s.owner === 'otto'],
    ['q=spec+1', ({ slug }) => slug.startsWith('spec-1')],
    [
      'q=mus&format=asyncapi-2.6&tag=art',
      (s) => /museum/i.test(s.title) && s.format === 'asyncapi-2.6' && s.tags.length > 0,
    ],
  ]
  const filtered = filters.flatMap(([query, fits]) =>
    readers.map((reader) => [query, reader, fits] as const),
  )

  it.each(filtered)('gives for ?%s what a %s may see of it', async (query, reader, fits) => {
    for (const sort of sorts) {
      const slugs = expected(reader, sort, fits)
      expect(await all(`?${query}&sort=${sort}&limit=9`, reader), sort).toEqual(slugs)
    }
  })

  it('shows a spec as it is alone', async () => {
    const { json } = await get('?limit=1')
    const [spec] = json.items
    expect(spec).toEqual((await service.call('GET', `/api/specs/${spec.slug}`)).json)
    expect(Object.keys(spec).sort().join(' ')).toBe(
      'createdAt downloads format id latest ownerId slug summary tags title updatedAt visibility',
    )
  })

  it('takes a cursor from nobody but the same list', async () => {
    const { json } = await get('?limit=3&sort=title&tag=art')
    const cursor = encodeURIComponent(json.nextCursor)
    expect((await get(`?limit=5&sort=title&tag=art&cursor=${cursor}`)).status).toBe(200)
    for (const other of ['sort=title', 'tag=art', 'sort=updated&tag=art', 'sort=title&q=art']) {
      const answer = await get(`?${other}&cursor=${cursor}`)
      expect([answer.status, answer.json.code]).toEqual([400, 'invalid_cursor'])
    }
    const [list, ...key] = JSON.parse(Buffer.from(json.nextCursor, 'base64url').toString())
    const forged = [
      [list, ...key, 'more'],
      [list, 7, key[1]],
      [list, 'x'.repeat(300), key[1]],
      [list, 'a\u0000b', key[1]],
      [list],
    ]
    for (const parts of forged) {
      const bad = Buffer.from(JSON.stringify(parts)).toString('base64url')
      expect((await get(`?sort=title&tag=art&cursor=${bad}`)).status).toBe(400)
    }
    const [counted] = [(await get('?limit=3&sort=downloads')).json.nextCursor]
    const [name, , id] = JSON.parse(Buffer.from(counted, 'base64url').toString())
    for (const count of ['1e400', '1.5', '-1e300', 'null', '"3"']) {
      const bad = Buffer.from(`[${JSON.stringify(name)},${count},${JSON.stringify(id)}]`)
      const answer = await get(`?sort=downloads&cursor=${bad.toString('base64url')}`)
      expect(answer.status, count).toBe(400)
    }
  })

  it.each([
    ['a misspelt key', '?ownr=otto', 'ownr'],
    ['a key twice', '?tag=art&tag=x', 'tag'],
    ['an unknown sort', '?sort=rank', 'sort'],
    ['an unknown format', '?format=openapi', 'format'],
    ['an unknown visibility', '?visibility=all', 'visibility'],
    ['no limit', '?limit=0', 'limit'],
    ['a limit that is too high', '?limit=1001', 'limit'],
    ['too many contents', '?include=content&limit=101', 'limit'],
    ['something else to include', '?include=versions', 'include'],
    ['a tag that none can be', '?tag=A%20b', 'tag'],
    ['a search of one character', '?q=a', 'q'],
    ['a search of 101 characters', `?q=${'a'.repeat(101)}`, 'q'],
    ['a search of nine words', '?q=a+b+c+d+e+f+g+h+i', 'q'],
  ])('refuses %s', async (_what, query, parameter) => {
    const answer = await get(query)
    expect(answer.status).toBe(400)
    expect(answer.json.errors[0].parameter).toBe(parameter)
  })

  describe('with include=content', () => {
    it('gives the latest documents as text, and null where there is none', async () => {
      const answer = await get('?include=content&limit=100', 'admin')
      expect(answer.status).toBe(200)
      expect(answer.headers['content-type']).toMatch(/^application\/json/)
      expect(slugsOf(answer)).toEqual(expected('admin'))
      for (const { slug, content } of answer.json.items) {
        const spec = made.find((one) => one.slug === slug)!
        expect(content).toBe(spec.draft ? null : spec.content)
      }
      const plain = await get('?limit=100', 'admin')
      const { items } = answer.json
      expect(items).toEqual(
        items.map((item: object, i: number) => ({ ...item, ...plain.json.items[i] })),
      )
      expect(plain.text).not.toContain('"content"')
      expect(answer.json.nextCursor).toBeNull()
      expect((await get('?q=zzz&include=content')).text).toBe('{"items":[],"nextCursor":null}')
    })

    it('goes on from page to page', async () => {
      expect(await all('?include=content&limit=9&sort=title', 'owner')).toEqual(
        expected('owner', 'title'),
      )
    })

    it('ends a page once it has 16 MiB, but has one spec at least', async () => {
      const big = { ...made[0]!, draft: false, visibility: 'public' as const, tags: ['big'] }
      for (const [i, mib] of [20, 6, 6, 6].entries()) {
        const content = `${i}${'é'.repeat((mib * 1024 * 1024) / 2)}`
        await add({
          ...big,
          slug: `big-${i}`,
          content,
          createdAt: `2040-01-0${i + 1}T00:00:00.000Z`,
        })
      }
      const first = await get('?tag=big&include=content')
      expect(slugsOf(first)).toEqual(['big-3', 'big-2'])
      expect(first.headers.link).toContain('rel="next"')
      const cursor = encodeURIComponent(first.json.nextCursor)
      const second = await get(`?tag=big&include=content&cursor=${cursor}`)
      expect(slugsOf(second)).toEqual(['big-1'])
      const last = encodeURIComponent(second.json.nextCursor)
      const third = await get(`?tag=big&include=content&cursor=${last}`)
      expect(slugsOf(third)).toEqual(['big-0'])
      expect(third.json.items[0].content).toHaveLength(1 + 10 * 1024 * 1024)
      expect(third.json.nextCursor).toBeNull()
    })
  })
})
