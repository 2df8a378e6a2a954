import { randomUUIDv7 } from 'node:crypto'
import fp from 'fastify-plugin'
import fastify, { type FastifyInstance } from 'fastify'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import rateLimit from '../../src/plugins/rate-limit.ts'
import { createToken, hashToken } from '../../src/tokens.ts'
import { databases } from '../support/databases.ts'
import { operationsOf } from '../support/openapi.ts'
import { startApp, startService, type Service } from '../support/service.ts'
import { openapi } from '../modules/specs/specs.fixture.ts'

interface Request {
  method?: 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'DELETE' | 'OPTIONS'
  url?: string
  from?: string
  as?: string
  headers?: Record<string, string>
  body?: string | object
}

let made = 0
/** An address that no other test has. */
const newAddress = () => `203.0.${113 + Math.floor(++made / 250)}.${made % 250}`

async function send(app: FastifyInstance, request: Request = {}) {
  const { method = 'GET', url = '/api/announcements', from = '192.0.2.1', as, body } = request
  const { statusCode, headers, payload } = await app.inject({
    method,
    url,
    remoteAddress: from,
    headers: { ...(as !== undefined && { authorization: `Bearer ${as}` }), ...request.headers },
    ...(body !== undefined && { payload: body }),
  })
  return { status: statusCode, headers, text: payload }
}

/** The statuses of so many requests, one after the other. */
async function statuses(app: FastifyInstance, count: number, request: Request) {
  const found: number[] = []
  for (let i = 0; i < count; i++) found.push((await send(app, request)).status)
  return found
}

/** An API token of a user of the service. */
async function apiTokenOf({ app }: Service, token: string): Promise<string> {
  const { db, tables, unitOfWork } = app.database
  const rows = await db.select().from(tables.sessions)
  const { userId = '' } = rows.find(({ tokenHash }) => tokenHash === hashToken(token)) ?? {}
  const made = createToken('api')
  const times = { createdAt: new Date().toISOString(), expiresAt: '2090-01-01T00:00:00.000Z' }
  const row = { id: randomUUIDv7(), name: 'a program', tokenHash: hashToken(made), ...times }
  await unitOfWork({}, async (tx) => {
    await tx.insert(tables.apiTokens).values({ ...row, userId, scopes: ['specs:read'] })
  })
  return made
}

describe.each(databases)('limits of an instance on $engine', ({ create }) => {
  const backupToken = 'b'.repeat(40)
  let service: Service
  let app: FastifyInstance
  let admin: string
  let editor: string

  beforeAll(async () => {
    service = await startService(create)
    app = await startApp({
      DATABASE_URL: service.url,
      BACKUP_TOKEN: backupToken,
      RATE_LIMIT_READS: '6',
      RATE_LIMIT_WRITES: '5',
      RATE_LIMIT_UPLOADS: '4',
      RATE_LIMIT_EXPORTS: '3',
    })
    await app.started
    admin = await service.login()
    editor = await service.tokenOf('editor')
  })

  const newMember = () => service.tokenOf('member')

  describe('of a guest', () => {
    it('answer 429 rate_limited with when to come again (security 3.1.6)', async () => {
      const from = newAddress()
      expect(await statuses(app, 6, { from })).toEqual(Array(6).fill(200))
      const refused = await send(app, { from })
      expect(refused.status).toBe(429)
      expect(refused.headers).toMatchObject({
        'content-type': 'application/problem+json',
        'ratelimit-policy': '"reads";q=6;w=60',
      })
      const seconds = Number(refused.headers['retry-after'])
      expect(refused.headers['ratelimit']).toBe(`"reads";r=0;t=${seconds}`)
      expect([seconds > 0, seconds <= 10, Number.isInteger(seconds)]).toEqual([true, true, true])
      expect(JSON.parse(refused.text)).toMatchObject({ status: 429, code: 'rate_limited' })
      expect(refused.text).not.toContain(from)
      expect(await statuses(app, 1, { from: newAddress() })).toEqual([200])
    })

    it('are shown on answers once half of the quota is used, and not before', async () => {
      const from = newAddress()
      const shown: unknown[] = []
      for (let i = 0; i < 6; i++) shown.push((await send(app, { from })).headers['ratelimit'])
      expect(shown.slice(0, 3)).toEqual([undefined, undefined, undefined])
      expect(shown.slice(3)).toEqual([
        expect.stringMatching(/^"reads";r=2;t=(3\d|40)$/),
        expect.stringMatching(/^"reads";r=1;t=[45]\d$/),
        expect.stringMatching(/^"reads";r=0;t=(5\d|60)$/),
      ])
    })

    it.each([
      ['HEAD', { method: 'HEAD' as const }],
      ['what does not exist', { url: '/api/nothing' }],
      ['a wrong query', { url: '/api/announcements?limit=0' }],
      ['what needs a token', { url: '/api/me' }],
      ['a spec that is not there', { url: '/api/specs/nothing-here' }],
    ])('count %s as a read, whatever the answer (security 3.1.6)', async (_, request) => {
      const from = newAddress()
      const found = await statuses(app, 8, { ...request, from })
      expect(found.slice(0, 6)).not.toContain(429)
      expect(found.slice(6)).toEqual([429, 429])
      expect(await statuses(app, 1, { from })).toEqual([429])
      expect(await statuses(app, 1, { from, method: 'POST', url: '/api/nothing' })).toEqual([404])
    })

    it('let pass exactly their quota of those who come together', async () => {
      const from = newAddress()
      const answers = await Promise.all(Array.from({ length: 40 }, () => send(app, { from })))
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(6)
      expect(answers.filter(({ status }) => status === 429)).toHaveLength(34)
    })

    it('never hold for probes', async () => {
      const from = newAddress()
      await statuses(app, 7, { from })
      for (const url of ['/health', '/health/live', '/health/ready']) {
        expect(new Set(await statuses(app, 20, { from, url }))).toEqual(new Set([200]))
      }
    })

    it('are those of a /64 over IPv6, and of one address over IPv4 in whichever form', async () => {
      const network = `2001:db8:${(++made).toString(16)}:7`
      for (let i = 1; i <= 6; i++) await send(app, { from: `${network}::${i}` })
      expect(await statuses(app, 1, { from: `${network}:ffff:1:2:3` })).toEqual([429])
      expect(await statuses(app, 1, { from: `${network}1::1` })).toEqual([200])

      const from = newAddress()
      await statuses(app, 6, { from })
      expect(await statuses(app, 1, { from: `::ffff:${from}` })).toEqual([429])
    })
  })

  describe('of a user', () => {
    it('are his over all sessions, tokens and addresses, and nobody else’s', async () => {
      const session = await newMember()
      const token = await apiTokenOf(service, session)
      const other = await newMember()
      const from = newAddress()
      expect(await statuses(app, 3, { from, as: session })).toEqual([200, 200, 200])
      // What the token is not good for counts, too.
      expect(await statuses(app, 1, { as: token, from: newAddress() })).toEqual([200])
      expect(await statuses(app, 2, { as: token, url: '/api/export' })).toEqual([403, 403])
      expect(await statuses(app, 2, { as: token, url: '/api/specs' })).toEqual([200, 200])
      expect(await statuses(app, 2, { from: newAddress(), as: session })).toEqual([429, 429])
      expect(await statuses(app, 1, { from, as: other })).toEqual([200])
      expect(await statuses(app, 1, { from })).toEqual([200])
    })

    it('count refusals: what he may not do, he may not do only so often (security 3.1.6)', async () => {
      const as = await newMember()
      const found = await statuses(app, 8, { as, url: '/api/ops/health' })
      expect(found).toEqual([...Array(6).fill(403), 429, 429])
    })

    it('are apart for reads, writes, uploads and exports', async () => {
      const as = await newMember()
      const upload = {
        as,
        method: 'POST' as const,
        headers: { 'content-type': 'application/json' },
      }
      for (const [i, text] of ['a', 'b', 'c', 'd'].entries()) {
        const body = openapi('Limited', { text })
        const slug = `limited-${as
          .slice(3, 8)
          .toLowerCase()
          .replaceAll(/[^a-z0-9]/g, 'x')}-${i}`
        const answer = await send(app, { ...upload, url: `/api/specs?slug=${slug}`, body })
        expect(answer.status).toBe(201)
      }
      for (const url of ['/api/specs', '/api/specs/any/versions', '/api/specs/import']) {
        const refused = await send(app, { ...upload, url, body: openapi('Limited') })
        expect([refused.status, refused.headers['ratelimit-policy']]).toEqual([
          429,
          '"uploads";q=4;w=60',
        ])
      }
      const change = { as, method: 'DELETE' as const, url: '/api/specs/nothing-here' }
      expect(new Set(await statuses(app, 5, change))).not.toContain(429)
      expect((await send(app, change)).headers['ratelimit-policy']).toBe('"writes";q=5;w=60')
      expect(await statuses(app, 1, { as })).toEqual([200])

      const exports = { as: admin, url: '/api/export' }
      expect(await statuses(app, 3, exports)).toEqual([200, 200, 200])
      expect((await send(app, exports)).headers['ratelimit-policy']).toBe('"exports";q=3;w=60')
      const restore = { as: admin, method: 'POST' as const, url: '/api/import', body: {} }
      expect(await statuses(app, 1, restore)).toEqual([429])
    })

    it('are used up by nobody who shares his address', async () => {
      const from = newAddress()
      await statuses(app, 8, { from })
      expect(await statuses(app, 1, { from, as: editor })).toEqual([200])
    })
  })

  describe('of bad tokens', () => {
    const kinds: [string, () => string][] = [
      ['no token at all', () => 'nonsense'],
      ['sessions that are not there', () => createToken('session')],
      ['API tokens that are not there', () => createToken('api')],
      ['invites', () => createToken('invite')],
    ]

    it.each(kinds)(
      'end guessing before the database is asked: %s (security 3.1.6)',
      async (_, guess) => {
        const from = newAddress()
        const { sessions, apiTokens } = app.storage
        const asked = [vi.spyOn(sessions, 'caller'), vi.spyOn(apiTokens, 'caller')]
        for (let i = 0; i < 6; i++) {
          const answer = await send(app, { from, as: guess(), url: '/api/me' })
          expect(answer.status).toBe(401)
        }
        const before = asked.map(({ mock }) => mock.calls.length)
        const refused = await send(app, { from, as: guess(), url: '/api/me' })
        expect(refused.status).toBe(429)
        expect(refused.headers['retry-after']).toMatch(/^([1-9]|10)$/)
        // Nor does it tell whether a token is good.
        expect((await send(app, { from, as: editor })).status).toBe(429)
        expect(asked.map(({ mock }) => mock.calls.length)).toEqual(before)
        for (const spy of asked) spy.mockRestore()
        // Others at that address read what guests may, and the user goes on from elsewhere.
        expect(await statuses(app, 1, { from })).toEqual([200])
        expect(await statuses(app, 1, { from: newAddress(), as: await newMember() })).toEqual([200])
      },
    )

    it('hold for BACKUP_TOKEN, whose own requests count for their address as exports', async () => {
      const from = newAddress()
      const guess = { from, url: '/api/export', as: 'c'.repeat(40) }
      expect(await statuses(app, 4, guess)).toEqual([401, 401, 401, 429])
      const good = { from: newAddress(), url: '/api/export', as: backupToken }
      expect(await statuses(app, 4, good)).toEqual([200, 200, 200, 429])
      expect(await statuses(app, 1, { ...good, from: newAddress() })).toEqual([200])
    })

    it('do not count good ones', async () => {
      const from = newAddress()
      for (let i = 0; i < 3; i++) await statuses(app, 5, { from, as: await newMember() })
      expect(await statuses(app, 1, { from, as: createToken('session') })).toEqual([401])
    })
  })

  it('are counted by each instance for itself', async () => {
    const second = await startApp({ DATABASE_URL: service.url, RATE_LIMIT_READS: '6' })
    await second.started
    const from = newAddress()
    expect((await statuses(app, 7, { from })).at(-1)).toBe(429)
    expect(await statuses(second, 7, { from })).toEqual([...Array(6).fill(200), 429])
    // Without a limit of its own, a kind is not limited.
    expect(await statuses(second, 30, { from, method: 'POST', url: '/api/nothing' })).not.toContain(
      429,
    )
  })

  it('do not hold where they are 0', async () => {
    expect(new Set(await statuses(service.app, 50, { from: newAddress() }))).toEqual(new Set([200]))
    const answer = await send(service.app, { from: newAddress() })
    expect(Object.keys(answer.headers).filter((name) => name.includes('limit'))).toEqual([])
  })

  it('cost nothing where they are all 0: no hook is there', async () => {
    const hooksWith = async (perMinute: number) => {
      const framework = fastify()
      const hooks = vi.spyOn(framework, 'addHook')
      const rateLimits = { reads: 0, writes: 0, uploads: perMinute, exports: 0 }
      await framework.register(
        fp(async (app) => void app.decorate('config', { rateLimits } as never), { name: 'config' }),
      )
      await framework.register(fp(async () => undefined, { name: 'errors' }))
      await framework.register(rateLimit)
      return hooks.mock.calls.map(([name]) => name)
    }
    expect(await hooksWith(0)).toEqual([])
    expect(await hooksWith(1)).toEqual(['onRequest', 'onError'])
  })

  it('are described at every route that they hold for, as those of an instance', async () => {
    const { json } = await service.call('GET', '/openapi.json')
    for (const { path, method, definition } of operationsOf(json)) {
      const described = definition.responses['429']?.description
      if (path.startsWith('/health') || path === '/metrics') expect(described, path).toBeUndefined()
      else expect(described, `${method} ${path}`).toBeTypeOf('string')
    }
  })
})

describe('the address that is counted', () => {
  const start = (environment: Record<string, string>) =>
    startApp({ DATABASE_URL: 'sqlite::memory:', RATE_LIMIT_READS: '2', ...environment })
  const url = '/openapi.json'
  const forwarded = (address: string) => ({
    'x-forwarded-for': address,
    forwarded: `for=${address}`,
  })

  it('is not the client’s to choose where no proxy is trusted (security 3.9)', async () => {
    const app = await start({})
    const from = newAddress()
    const found: number[] = []
    for (let i = 0; i < 4; i++) {
      found.push((await send(app, { url, from, headers: forwarded(`198.51.100.${i}`) })).status)
    }
    expect(found).toEqual([200, 200, 429, 429])
  })

  it('is the one before the trusted proxies, and not what the client wrote before that', async () => {
    const app = await start({ TRUST_PROXY: '10.0.0.0/8, fd00::/8' })
    const through = (proxy: string, client: string, lie: string) =>
      send(app, { url, from: proxy, headers: forwarded(`${lie}, ${client}`) })
    const found: number[] = []
    for (let i = 0; i < 4; i++) {
      const proxy = i % 2 === 0 ? '10.1.1.1' : 'fd00::5'
      found.push((await through(proxy, '198.51.100.7', `192.0.2.${i}`)).status)
    }
    expect(found).toEqual([200, 200, 429, 429])
    expect((await through('10.1.1.1', '198.51.100.8', '192.0.2.1')).status).toBe(200)
    expect((await through('10.1.1.1', '2001:db8::8', '192.0.2.1')).status).toBe(200)
  })

  it('may be words of any length without costing memory', async () => {
    const app = await start({ TRUST_PROXY: '10.0.0.0/8' })
    for (let i = 0; i < 3; i++) {
      const headers = { 'x-forwarded-for': `${i % 2 ? 'x' : 'y:'.repeat(20)}${'z'.repeat(8000)}` }
      expect([200, 429]).toContain((await send(app, { url, from: '10.1.1.1', headers })).status)
    }
  })
})
