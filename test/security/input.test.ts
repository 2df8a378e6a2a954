import type { RouteOptions } from 'fastify'
import { beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../support/databases.ts'
import { namesOf, watchRoutes } from '../support/declarations.ts'
import { password, startService, type CallOptions, type Service } from '../support/service.ts'
import { requests } from './requests.ts'
import { createRows } from './rows.ts'

const id = '019aa0c4-6f1e-7c3a-9d43-0f6c6a1f2b3c'

/** What no body may set; a route that does let somebody set it names it in its schema. */
const protectedFields = {
  id,
  role: 'admin',
  status: 'active',
  ownerId: id,
  userId: id,
  authorId: id,
  createdBy: id,
  createdAt: '2020-01-01T00:00:00.000Z',
  updatedAt: '2020-01-01T00:00:00.000Z',
  passwordHash: '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaGhhc2g',
  tokenHash: '0'.repeat(64),
  scopes: ['ops:run'],
  quotaSpecs: 1000,
  revision: 9,
}

/** Each was once read as JSON, and not held against the schema, somewhere. */
const oddTypes = [
  'APPLICATION/JSON',
  'application/json\t; charset=utf-8',
  'application/json;',
  'application/json; charset=utf-8;garbage',
  'application/json x',
  'application/jsonx',
  'application/json, text/plain',
  'text/json',
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
]

/** A route that takes JSON, with a body that it takes. */
interface Taking {
  name: string
  method: 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  url: string
  good: Record<string, unknown>
  fields: Set<string>
}

describe.each(databases)('bodies and queries on $engine', ({ create }) => {
  const routes: RouteOptions[] = []
  let service: Service
  let admin: string
  let taking: Taking[]

  beforeAll(async () => {
    service = await watchRoutes(
      (route) => routes.push(route),
      () => startService(create, { REGISTRATION: 'open' }),
    )
    admin = await service.login()
    const rows = await createRows(service.app)
    const given = {
      rows,
      parameters: {},
      exported: '',
      authorization: undefined,
      userId: undefined,
    }
    taking = routes.flatMap((route): Taking[] => {
      const { properties } = (route.schema?.body ?? {}) as { properties?: object }
      if (!properties) return []
      const [name = ''] = namesOf(route)
      const [method = '', pattern = ''] = name.split(' ')
      const good = requests[name]?.(given).body as Record<string, unknown>
      const url = pattern.replaceAll(/:\w+/g, id)
      const fields = new Set(Object.keys(properties))
      return [{ name, method: method as Taking['method'], url, good, fields }]
    })
    await rows.flush()
  })

  const send = ({ method, url }: Taking, body: unknown, options: CallOptions = {}) =>
    service.call(method, url, {
      as: admin,
      body: typeof body === 'string' ? body : JSON.stringify(body),
      ...options,
      headers: { 'content-type': 'application/json', ...options.headers },
    })

  it('knows of every route a body that it takes', () => {
    expect(taking.length).toBeGreaterThan(10)
    expect(taking.filter(({ good }) => typeof good !== 'object')).toEqual([])
  })

  it('lets nobody set what is not his to set, in any body (security 3.1.9, 3.4)', async () => {
    for (const route of taking) {
      for (const [field, value] of Object.entries(protectedFields)) {
        if (route.fields.has(field)) continue
        const answer = await send(route, { ...route.good, [field]: value })
        expect([answer.status, answer.json.code], `${route.name} with ${field}`).toEqual([
          400,
          'invalid_request',
        ])
      }
    }
  })

  it('lets only administrators set a role or a status, and only of users and invites (security 3.4)', () => {
    const setting = (field: string) =>
      taking.filter(({ fields }) => fields.has(field)).map(({ name }) => name)
    expect(setting('role').toSorted()).toEqual([
      'PATCH /api/users/:id',
      'POST /api/invites',
      'POST /api/users',
    ])
    expect(setting('status')).toEqual(['PATCH /api/users/:id'])
    expect(setting('scopes')).toEqual(['POST /api/tokens'])
    expect(setting('quotaSpecs')).toEqual(['PATCH /api/users/:id'])
    for (const field of ['id', 'ownerId', 'userId', 'createdAt', 'passwordHash', 'tokenHash'])
      expect(setting(field), field).toEqual([])
  })

  it.each(oddTypes)(
    'holds a body of type %j against its schema, or does not take it (security 3.4)',
    async (type) => {
      for (const route of taking) {
        const answer = await send(
          route,
          { ...route.good, unknown: 1 },
          { headers: { 'content-type': type } },
        )
        expect([400, 415], `${route.name}: ${answer.text}`).toContain(answer.status)
      }
    },
  )

  it.each([
    ['__proto__', '{"__proto__":{"role":"admin"}}'],
    ['constructor', '{"constructor":{"prototype":{"role":"admin"}}}'],
    ['an inner __proto__', '{"title":{"__proto__":{"role":"admin"}}}'],
    ['an array', '[]'],
    ['null', 'null'],
    ['a text', '"text"'],
    ['two values', '{}{}'],
    ['a NUL in a name', '{"a\\u0000b":1}'],
    ['a lone surrogate in a name', '{"a\\ud800":1}'],
  ])('refuses %s as a body of any route (security 3.4)', async (_what, body) => {
    for (const route of taking) {
      const answer = await send(route, body)
      expect(answer.status, `${route.name}: ${answer.text}`).toBe(400)
    }
    expect(({} as { role?: string }).role).toBeUndefined()
  })

  it.each(['\0', '\ud800', '\u0001', '\u007f'])(
    'refuses the character %j in any text of any body (security 3.4)',
    async (character) => {
      for (const route of taking) {
        for (const [field, value] of Object.entries(route.good)) {
          if (typeof value !== 'string') continue
          const answer = await send(route, { ...route.good, [field]: value + character })
          const what = `${route.name} with ${JSON.stringify(character)} in ${field}`
          if (character === '\u007f') expect(answer.status, what).toBeLessThan(500)
          else expect(answer.status, what).toBe(400)
        }
      }
    },
  )

  it('refuses packed and very large bodies (security 3.9)', async () => {
    for (const route of taking) {
      const packed = await send(route, route.good, { headers: { 'content-encoding': 'gzip' } })
      expect(packed.status, route.name).toBe(415)
      const large = await send(route, { ...route.good, unknown: 'x'.repeat(300 * 1024) })
      expect(large.status, route.name).toBe(413)
    }
  })

  it('refuses a query key that comes twice, or that is unknown, on every route of the API (security 3.4)', async () => {
    let asked = 0
    for (const route of routes) {
      const [name = ''] = namesOf(route)
      const [method = '', pattern = ''] = name.split(' ')
      if (method === 'HEAD' || !pattern.startsWith('/api/')) continue
      const url = pattern.replaceAll(/:\w+/g, id)
      const options = { as: admin, headers: { 'content-type': 'application/json' } }
      for (const query of ['unknown=1', 'limit=2&limit=2', 'id=1', 'userId=1']) {
        const answer = await service.call(method as 'GET', `${url}?${query}`, options)
        expect(answer.status, `${name}?${query}: ${answer.text}`).toBe(400)
        asked += 1
      }
    }
    expect(asked).toBeGreaterThan(100)
  })

  it.each(['0', '-1', '1001', 'NaN', '1e4', '', '1.5'])(
    'refuses ?limit=%s of every list (security 3.5)',
    async (limit) => {
      for (const url of lists())
        expect(
          (await service.call('GET', `${url}?limit=${limit}`, { as: admin })).status,
          url,
        ).toBe(400)
    },
  )

  it.each(['x', 'AAAA', '%00', 'x'.repeat(900), `${'A'.repeat(43)}.${'A'.repeat(43)}`])(
    'refuses the cursor %s of every list (security 3.5)',
    async (cursor) => {
      for (const url of lists())
        expect(
          (await service.call('GET', `${url}?cursor=${cursor}`, { as: admin })).status,
          url,
        ).toBe(400)
    },
  )

  it('refuses the cursor of another list (security 3.5)', async () => {
    for (let i = 0; i < 3; i++) {
      const body = { username: `one-of-many-${i}`, password }
      await service.call('POST', '/api/users', { as: admin, body })
    }
    const { json } = await service.call('GET', '/api/users?limit=1', { as: admin })
    expect(json.nextCursor).toBeTypeOf('string')
    for (const url of lists()) {
      if (url === '/api/users') continue
      const answer = await service.call('GET', `${url}?cursor=${json.nextCursor}`, { as: admin })
      expect(answer.status, url).toBe(400)
    }
  })

  /** Of the routes that give pages. */
  function lists(): string[] {
    const urls = routes.flatMap(({ method, url, schema }) => {
      const { properties = {} } = (schema?.querystring ?? {}) as { properties?: object }
      const isList = method === 'GET' && url.startsWith('/api/') && 'cursor' in properties
      return isList && !url.includes(':') ? [url] : []
    })
    expect(urls.length).toBeGreaterThan(4)
    return urls
  }
})
