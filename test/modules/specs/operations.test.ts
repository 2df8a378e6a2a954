import { beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../../support/databases.ts'
import { startService, type Service } from '../../support/service.ts'

const document = {
  openapi: '3.1.0',
  info: { title: 'Museum', version: '1.0.0' },
  paths: {
    '/museum-hours': {
      get: {
        operationId: 'getMuseumHours',
        summary: 'Opening times',
        tags: ['Opérations'],
        responses: { 200: { description: 'ok' } },
      },
    },
    '/events/{id}': {
      parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
      get: { operationId: 'getEvent', responses: { 200: { description: 'ok' } } },
      delete: {
        operationId: 'deleteEvent',
        deprecated: true,
        responses: { 204: { description: 'gone' } },
      },
    },
  },
}

const paths = (items: { method: string; path: string }[]) =>
  items.map(({ method, path }) => `${method} ${path}`)

describe.each(databases)('operations of a version on $engine', ({ create }) => {
  let service: Service
  let call: Service['call']
  let owner: string
  let other: string

  beforeAll(async () => {
    service = await startService(create)
    call = service.call
    owner = await service.tokenOf('member')
    other = await service.tokenOf('member')
    await publish('museum', document)
  })

  async function publish(slug: string, content: object, query = '') {
    const answer = await call('POST', `/api/specs?slug=${slug}${query}`, {
      as: owner,
      headers: { 'content-type': 'application/json' },
      body: content,
    })
    expect(answer.status, answer.text).toBe(201)
    return answer.json
  }

  const list = (path = 'museum/versions/1.0.0', query = '', options = {}) =>
    call('GET', `/api/specs/${path}/operations${query}`, options)

  it('gives a guest all of them, in the order of the document', async () => {
    const answer = await list()
    expect(answer.status).toBe(200)
    expect(answer.json).toEqual({
      items: [
        {
          method: 'get',
          path: '/museum-hours',
          operationId: 'getMuseumHours',
          summary: 'Opening times',
          tags: ['Opérations'],
          deprecated: false,
        },
        {
          method: 'get',
          path: '/events/{id}',
          operationId: 'getEvent',
          summary: null,
          tags: [],
          deprecated: false,
        },
        {
          method: 'delete',
          path: '/events/{id}',
          operationId: 'deleteEvent',
          summary: null,
          tags: [],
          deprecated: true,
        },
      ],
      nextCursor: null,
    })
  })

  it('knows the version by the name latest', async () => {
    const answer = await list('museum/versions/latest')
    expect(answer.json.items).toHaveLength(3)
  })

  it.each([
    ['event', ['get /events/{id}', 'delete /events/{id}']],
    ['get ev', ['get /events/{id}']],
    ['HOURS', ['get /museum-hours']],
    ['operation', ['get /museum-hours']],
    ['opening tim', ['get /museum-hours']],
    ['eve get', []],
    ['delete', ['delete /events/{id}']],
    ['nothing', []],
    ['--', []],
  ])('finds %j', async (q, expected) => {
    const answer = await list(undefined, `?q=${encodeURIComponent(q)}`)
    expect(answer.status).toBe(200)
    expect(paths(answer.json.items)).toEqual(expected)
  })

  it('gives them page by page, and says where the next one is', async () => {
    const seen: string[] = []
    let query = '?q=event&limit=1'
    for (;;) {
      const { json, headers } = await list(undefined, query)
      expect(json.items).toHaveLength(1)
      seen.push(...paths(json.items))
      if (json.nextCursor === null) {
        expect(headers.link).toBeUndefined()
        break
      }
      const [, next = ''] = /^<([^>]+)>; rel="next"$/.exec(headers.link ?? '') ?? []
      expect(next).toContain('/api/specs/museum/versions/1.0.0/operations?')
      query = next.slice(next.indexOf('?'))
    }
    expect(seen).toEqual(['get /events/{id}', 'delete /events/{id}'])
  })

  it('takes a cursor for the same question only, however long that is', async () => {
    const q = '𝒆'.repeat(50)
    const many = { ...document, paths: { [`/${q}/1`]: document.paths['/museum-hours'] } }
    Object.assign(many.paths, { [`/${q}/2`]: document.paths['/museum-hours'] })
    await publish('long', many, '&version=1')
    const first = await list('long/versions/1', `?limit=1&q=${encodeURIComponent(q)}`)
    expect(first.json.items).toHaveLength(1)
    const { nextCursor } = first.json
    const second = await list(
      'long/versions/1',
      `?limit=1&q=${encodeURIComponent(q)}&cursor=${nextCursor}`,
    )
    expect(second.json.items).toHaveLength(1)
    const others = [
      `museum/versions/1.0.0/operations?cursor=${nextCursor}`,
      `long/versions/1/operations?q=ee&cursor=${nextCursor}`,
      'museum/versions/1.0.0/operations?cursor=bm8',
    ]
    for (const path of others) {
      const answer = await call('GET', `/api/specs/${path}`)
      expect([answer.status, answer.json.code], path).toEqual([400, 'invalid_cursor'])
    }
  })

  it.each(['?q=a', '?limit=0', '?limit=1001', '?other=1', '?q=ab&q=cd'])(
    'refuses %s',
    async (query) => {
      const answer = await list(undefined, query)
      expect(answer.status).toBe(400)
    },
  )

  it('has the document’s hash as its ETag', async () => {
    const { json } = await call('GET', '/api/specs/museum/versions/1.0.0')
    const { headers } = await list()
    expect(headers.etag).toBe(`"${json.sha256}"`)
    const again = await list(undefined, '', { headers: { 'if-none-match': headers.etag } })
    expect([again.status, again.text]).toEqual([304, ''])
  })

  it('hides those of private specs and of drafts from others', async () => {
    await publish('hidden', { ...document, 'x-a': 1 }, '&visibility=private')
    await publish('draft', { ...document, 'x-a': 2 }, '&state=draft')
    for (const slug of ['hidden', 'draft']) {
      const path = `${slug}/versions/1.0.0`
      for (const as of [undefined, other]) {
        const answer = await list(path, '', { as })
        expect([answer.status, answer.json.code], slug).toEqual([404, 'spec_not_found'])
      }
      expect((await list(path, '', { as: owner })).status).toBe(200)
    }
    const missing = await list('museum/versions/2')
    expect([missing.status, missing.json.code]).toEqual([404, 'version_not_found'])
    const none = await list('none/versions/latest')
    expect([none.status, none.json.code]).toEqual([404, 'spec_not_found'])
  })

  it('gives those of a withdrawn version still', async () => {
    await publish('old', { ...document, 'x-a': 3 })
    const path = 'old/versions/1.0.0'
    const withdrawn = await call('PATCH', `/api/specs/${path}`, {
      as: owner,
      body: { state: 'withdrawn' },
    })
    expect(withdrawn.status, withdrawn.text).toBe(200)
    expect((await list(path)).json.items).toHaveLength(3)
  })

  it('finds the last of 10,000 without keeping others waiting', async () => {
    const operation = { responses: { 200: { description: 'ok' } } }
    const all = Array.from({ length: 10_000 }, (_, i) => [`/things${i}`, { get: operation }])
    await publish('many', { ...document, paths: Object.fromEntries(all) })
    const found = list('many/versions/1.0.0', '?q=things9999')
    const live = await call('GET', '/health/live')
    expect(live.status).toBe(200)
    expect(paths((await found).json.items)).toEqual(['get /things9999'])
  })
})
