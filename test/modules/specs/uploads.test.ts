import { Readable } from 'node:stream'
import { beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../../support/databases.ts'
import { startService, type Service } from '../../support/service.ts'
import { documentTypes } from '../../../src/modules/specs/uploads.schemas.ts'
import { openapi, sha256, specsOf } from './specs.fixture.ts'

describe.each(databases)('uploads of specs on $engine', ({ create }) => {
  let service: Service
  let call: Service['call']
  let upload: ReturnType<typeof specsOf>['upload']
  let download: ReturnType<typeof specsOf>['download']
  const tokens = {
    guest: undefined as string | undefined,
    member: '',
    owner: '',
    editor: '',
    admin: '',
  }

  beforeAll(async () => {
    service = await startService(create, { UPLOAD_MAX_BYTES: '20000' })
    call = service.call
    ;({ upload, download } = specsOf(service))
    tokens.member = await service.tokenOf('member')
    tokens.owner = await service.tokenOf('member')
    tokens.editor = await service.tokenOf('editor')
    tokens.admin = await service.login()
  })

  const stored = () => service.app.storage.specs

  describe('POST /api/specs', () => {
    it('makes a spec of a document, tells where it is, and keeps its bytes', async () => {
      const document = openapi('Museum “API” ÄÖ', { version: '1.10' })
      const answer = await upload('/api/specs', document, {
        as: tokens.owner,
        query: { tags: 'culture,tickets,culture' },
      })
      expect(answer.status, answer.text).toBe(201)
      expect(answer.headers['location']).toBe('/api/specs/museum-api-ao')
      expect(answer.headers['etag']).toMatch(/^"1\.[a-z0-9]+"$/)
      const { id, createdAt, ownerId } = answer.json
      expect(answer.json).toEqual({
        id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
        slug: 'museum-api-ao',
        title: 'Museum “API” ÄÖ',
        summary: null,
        ownerId,
        visibility: 'public',
        tags: ['culture', 'tickets'],
        format: 'openapi-3.1',
        downloads: 0,
        latest: {
          id: expect.any(String),
          specId: id,
          version: '1.10',
          state: 'published',
          format: 'openapi-3.1',
          mediaType: 'application/json',
          bytes: document.length,
          sha256: sha256(document),
          valid: true,
          findings: [],
          operations: 0,
          createdAt,
        },
        createdAt,
        updatedAt: createdAt,
      })
      expect((await call('GET', '/api/specs/museum-api-ao')).json).toEqual(answer.json)
      const read = await download('/api/specs/museum-api-ao/versions/latest/document')
      expect(read.bytes).toEqual(document)
    })

    it.each([
      ['guest', 401],
      ['member', 201],
      ['editor', 201],
      ['admin', 201],
    ] as const)('answers a %s with %i', async (who, status) => {
      const answer = await upload('/api/specs', openapi(`Of ${who}`), { as: tokens[who] })
      expect(answer.status).toBe(status)
    })

    it('takes what it is given: slug, visibility, version, state', async () => {
      const query = { slug: 'given-slug', visibility: 'private', version: '2024/α', state: 'draft' }
      const { status, json } = await upload('/api/specs', openapi('Given'), {
        as: tokens.owner,
        query,
      })
      expect(status).toBe(201)
      expect(json).toMatchObject({ slug: 'given-slug', visibility: 'private', latest: null })
      const versions = await call('GET', '/api/specs/given-slug/versions', { as: tokens.owner })
      expect(versions.json.items).toMatchObject([{ version: '2024/α', state: 'draft' }])
      const one = await call(
        'GET',
        `/api/specs/given-slug/versions/${encodeURIComponent('2024/α')}`,
        {
          as: tokens.owner,
        },
      )
      expect(one.json).toEqual(versions.json.items[0])
    })

    it('numbers slugs that it makes from a title, and refuses one that is asked for', async () => {
      const slugs = []
      for (const n of [1, 2, 3]) {
        const { json } = await upload('/api/specs', openapi('Same', { text: `${n}` }), {
          as: tokens.owner,
        })
        slugs.push(json.slug)
      }
      expect(slugs).toEqual(['same', 'same-2', 'same-3'])
      const taken = await upload('/api/specs', openapi('Other'), {
        as: tokens.owner,
        query: { slug: 'same-2' },
      })
      expect([taken.status, taken.json.code]).toEqual([409, 'slug_taken'])
    })

    it('makes a slug of any title, and none that is reserved', async () => {
      const slug = async (title: string) =>
        (await upload('/api/specs', openapi(title), { as: tokens.owner })).json.slug
      expect(await slug('日本語')).toBe('spec')
      expect(await slug('Import')).toMatch(/^import-/)
      expect((await slug('x'.repeat(200))).length).toBeLessThanOrEqual(80)
      const untitled = await upload('/api/specs', openapi(''), { as: tokens.owner })
      expect(untitled.json).toMatchObject({ title: 'Untitled', slug: 'untitled' })
    })

    it.each([
      ['slug=Import', 'slug'],
      ['slug=import', 'slug'],
      ['slug=a--b', 'slug'],
      ['slug=-a', 'slug'],
      [`slug=${'a'.repeat(81)}`, 'slug'],
      ['visibility=hidden', 'visibility'],
      ['state=withdrawn', 'state'],
      ['strict=maybe', 'strict'],
      ['tags=Upper', 'tags'],
      ['tags=a%20b', 'tags'],
      [`tags=${Array.from({ length: 21 }, (_, i) => `t${i}`).join(',')}`, 'tags'],
      [`tags=${'a'.repeat(51)}`, 'tags'],
      ['version=', 'version'],
      ['version=latest', 'version'],
      ['version=..', 'version'],
      [`version=${'1'.repeat(101)}`, 'version'],
      ['version=%201', 'version'],
      ['version=a%0Ab', 'version'],
      ['version=a%00b', 'version'],
      ['title=x', 'title'],
      ['slug=a&slug=a', 'slug'],
    ])('refuses ?%s, and names it', async (query, parameter) => {
      const answer = await upload(`/api/specs?${query}`, openapi('Refused by its query'), {
        as: tokens.owner,
      })
      expect(answer.status).toBe(400)
      expect(answer.json.errors[0].parameter).toBe(parameter)
      expect(await stored().bySlug('refused-by-its-query')).toBeUndefined()
    })

    describe('the body', () => {
      it.each([
        ...documentTypes.filter((type) => !type.startsWith('multipart')),
        'application/vnd.oai.openapi+json;version=3.1',
        'application/json; charset=utf-8',
        'TEXT/PLAIN; charset=iso-8859-1',
      ])('may be called %s, whatever it is', async (type) => {
        const json = openapi('Typed', { text: `${type} json` })
        const yaml = Buffer.from(
          `openapi: 3.1.0\ninfo: {title: Typed, version: 1.0}\npaths: {}\n# ${type}`,
        )
        for (const [document, mediaType, version] of [
          [json, 'application/json', '1'],
          [yaml, 'application/yaml', '1.0'],
        ] as const) {
          const answer = await upload('/api/specs', document, { as: tokens.owner, type })
          expect(answer.status, answer.text).toBe(201)
          expect(answer.json.latest).toMatchObject({ mediaType, version })
        }
      })

      it.each([
        'text/html',
        'image/png',
        'application/zip',
        'application/vnd.oai',
        'nonsense',
        'multipart/mixed; boundary=x',
      ])('may not be called %s', async (type) => {
        const answer = await upload('/api/specs', openapi('T'), { as: tokens.owner, type })
        expect([answer.status, answer.json.code]).toEqual([415, 'unsupported_media_type'])
      })

      it('may not be packed', async () => {
        const headers = { 'content-encoding': 'gzip' }
        const answer = await upload('/api/specs', openapi('T'), { as: tokens.owner, headers })
        expect(answer.status).toBe(415)
      })

      it.each([
        ['empty', '', 'empty_document'],
        ['no text', Buffer.from([0xff, 0x80, 0x81]), 'not_utf8'],
        ['neither JSON nor YAML', '{"openapi": ', 'not_parsable'],
        ['no API description', '{"hello": "world"}', 'not_a_description'],
        [
          'JSON with a key twice',
          '{"openapi":"3.1.0","info":{"title":"a","title":"b"}}',
          'duplicate_key',
        ],
        ['too deep', '['.repeat(1000) + ']'.repeat(1000), 'too_deep'],
      ])('is refused when it is %s', async (_what, document, code) => {
        const answer = await upload('/api/specs', document, {
          as: tokens.owner,
          query: { slug: 'refused' },
        })
        expect([answer.status, answer.json.code], answer.text).toEqual([422, code])
        expect(answer.headers['content-type']).toContain('application/problem+json')
        expect(answer.json.detail.length).toBeGreaterThan(15)
        expect(await stored().bySlug('refused')).toBeUndefined()
      })

      it('is told by line and column where it cannot be read', async () => {
        const answer = await upload('/api/specs', '{\n  "openapi": "3.1.0",,\n}', {
          as: tokens.owner,
        })
        expect(answer.json).toMatchObject({ status: 422, line: 2, column: expect.any(Number) })
      })

      it('is refused above UPLOAD_MAX_BYTES, with a length and without, and taken at it', async () => {
        const sized = (bytes: number) => {
          const bare = openapi('Sized', { text: 'x' }).length
          return openapi('Sized', { text: 'x'.repeat(bytes - bare + 1) })
        }
        expect(sized(20_000)).toHaveLength(20_000)
        const fits = await upload('/api/specs', sized(20_000), { as: tokens.owner })
        expect(fits.status, fits.text).toBe(201)
        const large = await upload('/api/specs', sized(20_001), { as: tokens.owner })
        expect([large.status, large.json.code]).toEqual([413, 'body_too_large'])
        // A stream has no length.
        const streamed = await service.app.inject({
          method: 'POST',
          url: '/api/specs',
          headers: { authorization: `Bearer ${tokens.owner}`, 'content-type': 'application/json' },
          payload: Readable.from([sized(15_000), sized(15_000)]),
        })
        expect([streamed.statusCode, streamed.json().code]).toEqual([413, 'body_too_large'])
      })
    })

    describe('as multipart/form-data', () => {
      const boundary = 'ignored-boundary'
      const type = `multipart/form-data; boundary=${boundary}`
      const part = (name: string, content: string | Buffer, more = '') =>
        Buffer.concat([
          Buffer.from(
            `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n`,
          ),
          Buffer.from(content as string),
          Buffer.from('\r\n'),
        ])
      const end = Buffer.from(`--${boundary}--\r\n`)
      const send = (parts: Buffer[], contentType = type) =>
        upload('/api/specs', Buffer.concat(parts), { as: tokens.owner, type: contentType })

      it('takes the part `document`, with a file name or without, byte for byte', async () => {
        const document = Buffer.concat([Buffer.from('\ufeff'), openapi('Multipart ü\u2028')])
        for (const more of ['', '; filename="museum.json"']) {
          const answer = await send([part('document', document, more), end])
          expect(answer.status, answer.text).toBe(201)
          expect(answer.json.latest.sha256).toBe(sha256(document))
        }
      })

      it.each([
        ['another part', [part('document', openapi('M')), part('title', 'x'), end]],
        ['two documents', [part('document', openapi('M')), part('document', openapi('M')), end]],
        ['only another part', [part('file', openapi('M')), end]],
        ['many parts', [...Array.from({ length: 100 }, (_, i) => part(`p${i}`, 'x')), end]],
        ['no part', [end]],
        ['no end', [part('document', openapi('M'))]],
        ['nothing of the sort', [openapi('M')]],
      ])('refuses %s', async (_what, parts) => {
        const answer = await send(parts)
        expect([answer.status, answer.json.code], answer.text).toEqual([400, 'invalid_multipart'])
      })

      it('refuses one without a boundary, and an empty document', async () => {
        const bare = await send([part('document', openapi('M')), end], 'multipart/form-data')
        expect(bare.status).toBe(400)
        const empty = await send([part('document', ''), end])
        expect([empty.status, empty.json.code]).toEqual([422, 'empty_document'])
      })

      it('refuses a document above UPLOAD_MAX_BYTES', async () => {
        const large = await send([part('document', 'x'.repeat(20_001)), end])
        expect([large.status, large.json.code]).toEqual([413, 'body_too_large'])
      })
    })

    describe('?strict=true', () => {
      const broken = Buffer.from('{"openapi":"3.1.0","info":{"title":"Broken"},"paths":{}}')

      it('refuses what breaks its schema, with the findings; without it they are stored', async () => {
        const strict = await upload('/api/specs', broken, {
          as: tokens.owner,
          query: { strict: 'true' },
        })
        expect([strict.status, strict.json.code]).toEqual([422, 'invalid_description'])
        expect(strict.json.errors[0]).toEqual({
          pointer: expect.stringContaining('/info'),
          detail: expect.any(String),
        })
        expect(await stored().bySlug('broken')).toBeUndefined()
        const taken = await upload('/api/specs', broken, { as: tokens.owner })
        expect(taken.status).toBe(201)
        expect(taken.json.latest).toMatchObject({ valid: false, version: 'unversioned' })
        expect(taken.json.latest.findings.length).toBeGreaterThan(0)
      })

      it('refuses what cannot be checked', async () => {
        const document = 'asyncapi: 1.2.0\ninfo: {title: Old, version: 1.0.0}\n'
        const query = { strict: 'true' }
        const strict = await upload('/api/specs', document, { as: tokens.owner, query })
        expect([strict.status, strict.json.code], strict.text).toEqual([422, 'invalid_description'])
      })
    })

    describe('under an Idempotency-Key', () => {
      it('gives the first answer again, and makes one spec', async () => {
        const headers = { 'idempotency-key': crypto.randomUUID() }
        const options = { as: tokens.owner, headers }
        const first = await upload('/api/specs', openapi('Kept once'), options)
        const again = await upload('/api/specs', openapi('Kept once'), options)
        expect([first.status, again.status]).toEqual([201, 201])
        expect(again.json).toEqual(first.json)
        expect(again.headers['location']).toBe(first.headers['location'])
        expect(again.headers['idempotent-replayed']).toBe('true')
        expect(await stored().bySlug('kept-once-2')).toBeUndefined()
      })

      it('refuses another document under the key', async () => {
        const headers = { 'idempotency-key': crypto.randomUUID() }
        await upload('/api/specs', openapi('One'), { as: tokens.owner, headers })
        const other = await upload('/api/specs', openapi('Two'), { as: tokens.owner, headers })
        expect([other.status, other.json.code]).toEqual([422, 'idempotency_key_reused'])
      })
    })
  })

  describe('POST /api/specs/:slug/versions', () => {
    async function spec(slug: string, query: Record<string, string> = {}) {
      const answer = await upload('/api/specs', openapi(`Spec ${slug}`), {
        as: tokens.owner,
        query: { slug, ...query },
      })
      expect(answer.status, answer.text).toBe(201)
      return `/api/specs/${slug}/versions`
    }

    it('adds a version, which is the latest then', async () => {
      const path = await spec('two-versions')
      const before = await call('GET', '/api/specs/two-versions')
      const added = await upload(path, openapi('Renamed', { version: '2/x' }), { as: tokens.owner })
      expect(added.status, added.text).toBe(201)
      expect(added.json).toMatchObject({
        version: '2/x',
        specId: before.json.id,
        state: 'published',
      })
      expect(added.headers['location']).toBe(`${path}/2%2Fx`)
      expect((await call('GET', added.headers['location'] ?? '')).json).toEqual(added.json)
      const after = await call('GET', '/api/specs/two-versions')
      expect(after.json).toMatchObject({ latest: added.json, title: 'Renamed' })
      expect(after.headers['etag']).toMatch(/^"2\./)
      expect(after.json.updatedAt >= before.json.updatedAt).toBe(true)
    })

    it('gives the version that has the same bytes already, whatever its name and state', async () => {
      const path = await spec('same-bytes')
      const first = await call('GET', `${path}/latest`)
      await call('PATCH', `${path}/1`, { as: tokens.owner, body: { state: 'withdrawn' } })
      const tag = (await call('GET', '/api/specs/same-bytes')).headers['etag']
      const again = await upload(path, openapi('Spec same-bytes'), {
        as: tokens.owner,
        query: { version: '9', state: 'draft' },
      })
      expect([again.status, again.json]).toEqual([200, { ...first.json, state: 'withdrawn' }])
      expect((await call('GET', '/api/specs/same-bytes')).headers['etag']).toBe(tag)
    })

    it('numbers a name that was read and is taken, and refuses one that was given', async () => {
      const path = await spec('names')
      const names = []
      for (const text of ['a', 'b', 'c']) {
        const { json } = await upload(path, openapi('T', { text }), { as: tokens.owner })
        names.push(json.version)
      }
      expect(names).toEqual(['1+2', '1+3', '1+4'])
      const given = await upload(path, openapi('T', { text: 'd' }), {
        as: tokens.owner,
        query: { version: '1+3' },
      })
      expect([given.status, given.json.code]).toEqual([409, 'version_taken'])
    })

    it.each([
      ['latest', 'latest+1'],
      ['..', 'unversioned'],
      ['', 'unversioned'],
      ['import', 'import'],
    ])('calls a document of the version “%s” %s', async (version, name) => {
      const path = await spec(`called-${Math.random().toString(36).slice(2)}`)
      const { json } = await upload(path, openapi('T', { version }), { as: tokens.owner })
      expect(json.version).toBe(name)
    })

    it.each([
      ['guest', 401, 401],
      ['member', 403, 404],
      ['owner', 201, 201],
      ['editor', 201, 201],
      ['admin', 201, 201],
    ] as const)('answers a %s with %i, of a private spec with %i', async (who, open, hidden) => {
      for (const [visibility, status] of [
        ['public', open],
        ['private', hidden],
      ] as const) {
        const slug = `versions-${visibility}-${who}`
        const path = await spec(slug, { visibility })
        const answer = await upload(path, openapi('T', { text: 'new' }), { as: tokens[who] })
        expect(answer.status).toBe(status)
        if (status === 404) expect(answer.json.code).toBe('spec_not_found')
        if (status !== 201) expect(answer.text).not.toContain(`Spec ${slug}`)
      }
      const missing = await upload('/api/specs/nothing/versions', openapi('T'), { as: tokens[who] })
      expect(missing.status).toBe(who === 'guest' ? 401 : 404)
    })
  })
})
