import { gunzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../../support/databases.ts'
import { startService, type Service } from '../../support/service.ts'
import { openapi, sha256, specsOf } from './specs.fixture.ts'

describe.each(databases)('documents of versions on $engine', ({ create }) => {
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
  let count = 0

  beforeAll(async () => {
    service = await startService(create)
    call = service.call
    ;({ upload, download } = specsOf(service))
    tokens.member = await service.tokenOf('member')
    tokens.owner = await service.tokenOf('member')
    tokens.editor = await service.tokenOf('editor')
    tokens.admin = await service.login()
  })

  async function publish(document: Buffer, query: Record<string, string> = {}) {
    const slug = `documented-${count++}`
    const answer = await upload('/api/specs', document, {
      as: tokens.owner,
      query: { slug, ...query },
    })
    expect(answer.status, answer.text).toBe(201)
    return `/api/specs/${slug}`
  }

  const yaml = Buffer.from(
    '\ufeffopenapi: 3.1.0\r\ninfo: {title: Ünï, version: 1.0}\r\npaths: {} # end',
  )

  it('are handed out byte for byte, as they are and gzipped', async () => {
    const url = `${await publish(yaml)}/versions/1.0/document`
    const plain = await download(url)
    expect(plain.status).toBe(200)
    expect(plain.bytes).toEqual(yaml)
    expect(plain.headers).toMatchObject({
      'content-type': 'application/yaml',
      'content-length': String(yaml.length),
      etag: `"${sha256(yaml)}"`,
      vary: 'Accept-Encoding',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-cache',
      'cross-origin-resource-policy': 'cross-origin',
      'content-security-policy': expect.stringContaining('sandbox'),
      'content-disposition': expect.stringMatching(
        /^attachment; filename="documented-\d+-1\.0\.yaml"$/,
      ),
    })
    expect(plain.headers['content-encoding']).toBeUndefined()
    const packed = await download(url, { headers: { 'accept-encoding': 'br, gzip' } })
    expect(packed.headers).toMatchObject({
      'content-type': 'application/yaml',
      'content-encoding': 'gzip',
      'content-length': String(packed.bytes.length),
      etag: `"${sha256(yaml)}-gzip"`,
      vary: 'Accept-Encoding',
    })
    expect(gunzipSync(packed.bytes)).toEqual(yaml)
  })

  it.each([
    [undefined, false],
    ['', false],
    ['gzip', true],
    ['GZIP;q=0.001', true],
    ['x-gzip', true],
    ['*', true],
    ['deflate, *;q=0.5', true],
    ['gzip;q=0', false],
    ['gzip;q=0.000, *', false],
    ['*;q=0', false],
    ['identity', false],
    ['br', false],
    ['gzip;q=0.5, identity', false],
    ['gzip, identity;q=0.5', true],
    ['gzip;q=nonsense', false],
    ['not-gzip', false],
  ])('are gzipped where Accept-Encoding is %s: %s', async (header, packed) => {
    const url = `${await publish(openapi('Encoded'))}/versions/latest/document`
    const headers = header === undefined ? {} : { 'accept-encoding': header }
    const answer = await download(url, { headers })
    expect(answer.headers['content-encoding']).toBe(packed ? 'gzip' : undefined)
  })

  it('of megabytes are handed out as well, and their HEAD', async () => {
    const large = openapi('Large', { text: 'Ünï '.repeat(400_000) })
    const url = `${await publish(large)}/versions/latest/document`
    const plain = await download(url)
    expect([plain.bytes.equals(large), plain.headers['content-length']]).toEqual([
      true,
      String(large.length),
    ])
    const packed = await download(url, { headers: { 'accept-encoding': 'gzip' } })
    expect(gunzipSync(packed.bytes).equals(large)).toBe(true)
    const head = await call('HEAD', url)
    expect([head.text, head.headers['content-length']]).toEqual(['', String(large.length)])
  })

  it('answer 304 to those who have them, in the same encoding', async () => {
    const url = `${await publish(yaml)}/versions/latest/document`
    const [plain, packed] = [`"${sha256(yaml)}"`, `"${sha256(yaml)}-gzip"`]
    const status = async (known: string, encoding: string) => {
      const headers = { 'if-none-match': known, 'accept-encoding': encoding }
      const answer = await download(url, { headers })
      if (answer.status === 304) {
        expect(answer.bytes).toHaveLength(0)
        expect(answer.headers).toMatchObject({
          etag: encoding === '' ? plain : packed,
          vary: 'Accept-Encoding',
        })
      }
      return answer.status
    }
    expect(await status(plain, '')).toBe(304)
    expect(await status(`W/${packed}`, 'gzip')).toBe(304)
    expect(await status('*', 'gzip')).toBe(304)
    expect(await status(plain, 'gzip')).toBe(200)
    expect(await status('"other"', '')).toBe(200)
  })

  it('answer HEAD with the length that a GET would have', async () => {
    const url = `${await publish(yaml)}/versions/latest/document`
    for (const encoding of ['', 'gzip']) {
      const headers = { 'accept-encoding': encoding }
      const [head, get] = [await call('HEAD', url, { headers }), await download(url, { headers })]
      expect([head.status, head.text]).toEqual([200, ''])
      for (const name of ['content-length', 'etag', 'content-type', 'content-encoding'])
        expect(head.headers[name], name).toBe(get.headers[name])
    }
  })

  it('are named in ASCII, whatever the version is called', async () => {
    const url = await publish(openapi('T', { version: '1/ü"\\..\r' }))
    const answer = await download(`${url}/versions/latest/document`)
    expect(answer.headers['content-disposition']).toMatch(
      /^attachment; filename="documented-\d+-1-\.\.\.json"$/,
    )
  })

  it('are for those who may see their version', async () => {
    const cases = [
      [{ visibility: 'public', state: 'published' }, 200],
      [{ visibility: 'private', state: 'published' }, 404],
      [{ visibility: 'public', state: 'draft' }, 404],
    ] as const
    for (const [query, others] of cases) {
      const url = await publish(openapi('Secret canary'), query)
      for (const who of ['guest', 'member', 'owner', 'editor', 'admin'] as const) {
        const answer = await call('GET', `${url}/versions/1/document`, { as: tokens[who] })
        const status = ['guest', 'member'].includes(who) ? others : 200
        expect(answer.status, `${who} ${JSON.stringify(query)}`).toBe(status)
        if (status === 404) {
          expect(answer.json.code).toBe('spec_not_found')
          expect(answer.text).not.toContain('canary')
        }
        if (who !== 'guest') expect(answer.headers['cache-control']).toBe('no-store')
        if (status === 200 && query.visibility === 'private') {
          expect(answer.headers['cross-origin-resource-policy']).toBe('same-origin')
        }
      }
    }
  })

  it('of drafts are hidden where other versions are shown', async () => {
    const url = await publish(openapi('T'))
    await upload(`${url}/versions`, openapi('T', { version: '2' }), {
      as: tokens.owner,
      query: { state: 'draft' },
    })
    const guest = await call('GET', `${url}/versions/2/document`)
    expect([guest.status, guest.json.code]).toEqual([404, 'version_not_found'])
    expect((await call('GET', `${url}/versions/2/document`, { as: tokens.editor })).status).toBe(
      200,
    )
    expect((await call('GET', `${url}/versions/latest/document`)).json.info.version).toBe('1')
  })

  it('of withdrawn versions are gone, for everybody who may see them', async () => {
    const url = await publish(openapi('Withdrawn canary'))
    await call('PATCH', `${url}/versions/1`, { as: tokens.owner, body: { state: 'withdrawn' } })
    for (const who of ['guest', 'member', 'owner', 'editor', 'admin'] as const) {
      const answer = await call('GET', `${url}/versions/1/document`, { as: tokens[who] })
      expect([answer.status, answer.json.code], who).toEqual([410, 'version_withdrawn'])
      expect(answer.text).not.toContain('canary')
      expect(answer.headers['etag']).toBeUndefined()
    }
    const latest = await call('GET', `${url}/versions/latest/document`)
    expect([latest.status, latest.json.code]).toEqual([404, 'version_not_found'])
    await call('PATCH', url, { as: tokens.owner, body: { visibility: 'private' } })
    expect((await call('GET', `${url}/versions/1/document`)).status).toBe(404)
  })
})
