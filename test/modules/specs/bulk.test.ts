import { createHash, randomBytes } from 'node:crypto'
import { request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../../support/databases.ts'
import { startService, type Answer, type Service } from '../../support/service.ts'

interface Given {
  slug?: string
  content?: unknown
  [key: string]: unknown
}

/** A description as JSON text, of its own by its title. */
const text = (title: string, more: object = {}) =>
  JSON.stringify({ openapi: '3.1.0', info: { title, version: '1.0.0' }, paths: {}, ...more })

const name = () => `s-${randomBytes(5).toString('hex')}`

describe.each(databases)('import of specs on $engine', ({ create }) => {
  let service: Service
  let call: Service['call']
  let owner: string
  let other: string

  beforeAll(async () => {
    service = await startService(create)
    call = service.call
    owner = await service.tokenOf('member')
    other = await service.tokenOf('member')
  })

  function load(body: unknown, options: { as?: string; headers?: Record<string, string> } = {}) {
    return call('POST', '/api/specs/import', {
      as: owner,
      ...options,
      headers: { 'content-type': 'application/json', ...options.headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  }

  async function loaded(body: unknown, options = {}): Promise<Answer['json']> {
    const answer = await load(body, options)
    expect(answer.status, answer.text).toBe(200)
    return answer.json.items
  }

  const exists = async (slug: string) =>
    (await call('GET', `/api/specs/${slug}`, { as: owner })).status === 200

  it('makes a spec of each item, with what the item says', async () => {
    const [a, b] = [name(), name()]
    const items = await loaded([
      { slug: a, title: 'Another title', tags: ['x'], visibility: 'private', content: text('A') },
      { slug: b, version: '7', content: `\ufeff${text('B')}` },
      { content: text(`Free ${a}`) },
    ])
    expect(items).toEqual([
      { index: 0, slug: a, version: '1.0.0', outcome: 'added' },
      { index: 1, slug: b, version: '7', outcome: 'added' },
      { index: 2, slug: `free-${a}`, version: '1.0.0', outcome: 'added' },
    ])
    const spec = await call('GET', `/api/specs/${a}`, { as: owner })
    expect(spec.json).toMatchObject({
      title: 'Another title',
      tags: ['x'],
      visibility: 'private',
      latest: { version: '1.0.0', state: 'published' },
    })
    const { json } = await call('GET', `/api/specs/${b}/versions/7`)
    expect(json.sha256).toBe(
      createHash('sha256')
        .update(`\ufeff${text('B')}`)
        .digest('hex'),
    )
    expect((await call('GET', `/api/specs/${a}`)).status).toBe(404)
  })

  it('takes what the list answers, here and again, and says what is there already', async () => {
    const slugs = [name(), name()]
    const tag = slugs[0] as string
    await loaded(slugs.map((slug) => ({ slug, tags: [tag], content: text(slug) })))
    const list = await call('GET', `/api/specs?tag=${tag}&include=content`, { as: owner })
    expect(list.status, list.text).toBe(200)
    const again = await loaded(list.json)
    expect(again.map(({ outcome }: { outcome: string }) => outcome)).toEqual(['same', 'same'])

    for (const slug of slugs) await call('DELETE', `/api/specs/${slug}`, { as: owner })
    const anew = await loaded(list.json)
    expect(anew.map(({ outcome }: { outcome: string }) => outcome)).toEqual(['added', 'added'])
    const after = await call('GET', `/api/specs?tag=${tag}&include=content`, { as: owner })
    const shown = (items: Given[]) =>
      items.map(({ slug, title, tags, content }) => ({ slug, title, tags, content }))
    expect(new Set(shown(after.json.items).map((one) => JSON.stringify(one)))).toEqual(
      new Set(shown(list.json.items).map((one) => JSON.stringify(one))),
    )
  })

  it('adds versions to a spec, also to one that it has just made', async () => {
    const slug = name()
    const items = await loaded({
      nextCursor: null,
      items: [
        { slug, content: text('A') },
        { slug, content: text('B') },
        { slug, content: text('A') },
        { slug, version: '2', content: text('C') },
      ],
    })
    expect(items.map(({ version, outcome }: never) => [version, outcome])).toEqual([
      ['1.0.0', 'added'],
      ['1.0.0+2', 'added'],
      ['1.0.0', 'same'],
      ['2', 'added'],
    ])
    const { json } = await call('GET', `/api/specs/${slug}`)
    expect([json.title, json.latest.version]).toEqual(['C', '2'])
  })

  it('applies nothing when one item is refused, and tells the fate of each', async () => {
    const slug = name()
    const taken = name()
    await loaded([{ slug: taken, content: text('mine') }])
    const items: [Given, string | null][] = [
      [{ slug, content: text('good') }, null],
      [{ content: '{"openapi": ' }, 'not_parsable'],
      [{ content: 'a: 1' }, 'not_a_description'],
      [{ content: '' }, 'invalid_request'],
      [{ content: null }, 'invalid_request'],
      [{ slug: name() }, 'invalid_request'],
      [{ slug: 'Not A Slug', content: text('x') }, 'invalid_request'],
      [{ slug: 'import', content: text('x') }, 'invalid_request'],
      [{ visiblity: 'private', content: text('x') }, 'invalid_request'],
      [{ tags: ['Not A Tag'], content: text('x') }, 'invalid_request'],
      [{ title: 'a\u0000b', content: text('x') }, 'invalid_text'],
      [{ content: `${text('x')}\ud800` }, 'invalid_text'],
      [{ version: 'latest', content: text('x') }, 'invalid_request'],
      [{ version: '..', content: text('x') }, 'invalid_request'],
      [{ ['__proto__']: 1, content: text('x') }, 'invalid_request'],
      [7 as never, 'invalid_request'],
      [{ slug: taken, content: text('theirs') }, 'slug_taken'],
      [{ slug, version: '1.0.0', content: text('other bytes') }, 'version_taken'],
    ]
    const answer = await load(
      items.map(([item]) => item),
      { as: other },
    )
    expect([answer.status, answer.json.code]).toEqual([422, 'import_refused'])
    expect(answer.json.items).toHaveLength(items.length)
    for (const [index, [, code]] of items.entries()) {
      expect(answer.json.items[index]).toEqual(
        code === null
          ? { index, outcome: 'ok' }
          : { index, outcome: 'refused', code, detail: expect.stringMatching(/\S/) },
      )
    }
    expect(answer.json.items[8].detail).toBe('/visiblity is not known here.')
    expect(await exists(slug)).toBe(false)
    const { json } = await call('GET', `/api/specs/${taken}/versions`)
    expect(json.items).toHaveLength(1)
  })

  it('leaves no document behind of what it refused', async () => {
    const content = text(name())
    const before = await call('GET', '/api/specs?limit=1000', { as: owner })
    await load([{ content }, { content: 'no' }])
    const after = await call('GET', '/api/specs?limit=1000', { as: owner })
    expect(after.json.items.length).toBe(before.json.items.length)
    const sha256 = createHash('sha256').update(content).digest('hex')
    expect(await service.app.storage.documents.content(sha256)).toBeUndefined()
  })

  it('lets editors add to specs of others, and hides that a private one is there no more than a slug does', async () => {
    const slug = name()
    await loaded([{ slug, visibility: 'private', content: text('p') }])
    const refused = await load([{ slug, content: text('q') }], { as: other })
    expect(refused.json.items[0]).toMatchObject({ outcome: 'refused', code: 'slug_taken' })
    const editor = await service.tokenOf('editor')
    const [item] = await loaded([{ slug, content: text('q') }], { as: editor })
    expect(item).toMatchObject({ outcome: 'added', version: '1.0.0+2' })
  })

  it('takes nothing from a guest, and nothing for an empty import', async () => {
    const answer = await call('POST', '/api/specs/import', {
      headers: { 'content-type': 'application/json' },
      body: '[]',
    })
    expect(answer.status).toBe(401)
    expect(await loaded('[]')).toEqual([])
    expect(await loaded(' { "items" : [ ] , "nextCursor" : null } ')).toEqual([])
  })

  it.each([
    ['', 400, 'invalid_json'],
    ['[', 400, 'invalid_json'],
    ['[{"content":"a"', 400, 'invalid_json'],
    ['[{}] x', 400, 'invalid_json'],
    ['[{},]', 400, 'invalid_json'],
    ['[{"content": nope}]', 400, 'invalid_json'],
    ['{"items":[],}', 400, 'invalid_json'],
    [`[${'['.repeat(100)}${']'.repeat(100)}]`, 400, 'invalid_json'],
    ['"text"', 400, 'invalid_request'],
    ['{}', 400, 'invalid_request'],
    ['{"items":{}}', 400, 'invalid_request'],
    ['{"items":[],"items":[]}', 400, 'invalid_request'],
    ['{"item":[]}', 400, 'invalid_request'],
    [JSON.stringify(Array.from({ length: 1001 }, () => 1)), 422, 'too_many_items'],
  ])('answers %j with %i %s', async (body, status, code) => {
    const answer = await load(body)
    expect([answer.status, answer.json.code], answer.text.slice(0, 300)).toEqual([status, code])
  })

  it('refuses other media types, and a body that is not UTF-8', async () => {
    const type = await load('[]', { headers: { 'content-type': 'text/plain' } })
    expect(type.status).toBe(415)
    const answer = await service.app.inject({
      method: 'POST',
      url: '/api/specs/import',
      headers: { authorization: `Bearer ${owner}`, 'content-type': 'application/json' },
      payload: Buffer.from([...Buffer.from('[{"content":"'), 0xff, ...Buffer.from('"}]')]),
    })
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'invalid_json'])
  })

  it('gives the first answer again under an Idempotency-Key, and changes nothing twice', async () => {
    const title = `Twice ${name()}`
    const body = [{ content: text(title) }]
    const headers = { 'idempotency-key': randomBytes(8).toString('hex') }
    const first = await loaded(body, { headers })
    const again = await load(body, { headers })
    expect(again.json.items).toEqual(first)
    expect(again.headers['idempotent-replayed']).toBe('true')
    const second = await loaded(body)
    expect(second[0].slug).toBe(`${first[0].slug}-2`)
    const reused = await load([{ content: text('else') }], { headers })
    expect([reused.status, reused.json.code]).toEqual([422, 'idempotency_key_reused'])
  })

  it('takes a thousand items in one unit', async () => {
    const prefix = name()
    const body = Array.from({ length: 1000 }, (_, i) => ({
      slug: `${prefix}-${i}`,
      tags: [prefix],
      content: text(`${prefix} ${i}`),
    }))
    const items = await loaded(body)
    expect(items).toHaveLength(1000)
    const list = await call('GET', `/api/specs?tag=${prefix}&limit=1000`)
    expect(list.json.items).toHaveLength(1000)
  })

  it('makes every spec once when two imports and uploads of the same come together', async () => {
    const slugs = Array.from({ length: 10 }, name)
    const body = slugs.map((slug) => ({ slug, content: text(slug) }))
    const answers = await Promise.all([
      load(body),
      load(body.toReversed()),
      ...slugs.map((slug) =>
        call('POST', `/api/specs?slug=${slug}`, {
          as: owner,
          headers: { 'content-type': 'application/json' },
          body: text(slug),
        }),
      ),
    ])
    for (const answer of answers) expect([200, 201, 409]).toContain(answer.status)
    for (const slug of slugs) {
      const { json } = await call('GET', `/api/specs/${slug}/versions`)
      expect(json.items, slug).toHaveLength(1)
    }
  })
})

describe('import of specs over a socket', () => {
  it('answers 413 to what is larger than 64 MiB, and 503 to what comes during another', async () => {
    const service = await startService(databases[0]!.create)
    await service.app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = service.app.server.address() as AddressInfo
    const token = await service.tokenOf('member')

    function begin(headers: Record<string, string> = {}) {
      const request = send({
        port,
        host: '127.0.0.1',
        method: 'POST',
        path: '/api/specs/import',
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          ...headers,
        },
      })
      const answer = new Promise<{ status: number; text: string }>((resolve, reject) => {
        request.once('error', reject)
        request.once('response', (response) => {
          let text = ''
          response.setEncoding('utf8').on('data', (piece: string) => (text += piece))
          response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
        })
      })
      return { request, answer }
    }

    const first = begin()
    first.request.write('[')
    await new Promise((resolve) => setTimeout(resolve, 200))
    const second = begin()
    second.request.end('[]')
    const { status, text } = await second.answer
    expect([status, JSON.parse(text).code]).toEqual([503, 'busy'])
    first.request.end(']')
    expect((await first.answer).status).toBe(200)

    const third = begin({ 'transfer-encoding': 'chunked' })
    third.request.on('error', () => undefined)
    const blank = Buffer.alloc(2 ** 20, ' ')
    for (let i = 0; i < 66 && !third.request.destroyed; i++) {
      if (!third.request.write(blank)) {
        await Promise.race([
          new Promise((resolve) => third.request.once('drain', resolve)),
          third.answer.catch(() => undefined),
        ])
      }
    }
    third.request.end()
    const large = await third.answer
    expect([large.status, JSON.parse(large.text).code]).toEqual([413, 'body_too_large'])
  })
})
