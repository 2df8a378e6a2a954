import { beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../support/databases.ts'
import {
  clientOf,
  startApp,
  startInstance,
  startService,
  type Service,
} from '../support/service.ts'

describe.each(databases)('operations on $engine', ({ create, engine }) => {
  let service: Service
  let call: Service['call']
  let admin: string

  beforeAll(async () => {
    service = await startService(create)
    call = service.call
    admin = await service.login()
  })

  it('GET /health tells anyone the state of the storage, and nothing of its address', async () => {
    const answer = await call('GET', '/health')
    expect(answer.status).toBe(200)
    expect(answer.json).toMatchObject({
      status: 'healthy',
      instanceId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      storage: {
        engine,
        durability: engine === 'sqlite' ? 'local' : 'durable',
        pool: { max: engine === 'sqlite' ? 2 : 5, timeouts: 0, waiting: 0 },
        migrations: { pending: 0, head: expect.stringMatching(/^\d{4}_/) },
      },
    })
    expect(answer.json.storage.latencyMs).toBeGreaterThan(0)
    expect(answer.text).not.toMatch(/127\.0\.0\.1|localhost|holdfast\.db|postgres:/)
  })

  it('GET /health says when what is stored will not last', async () => {
    const elsewhere = await startService(create, {
      KOYEB_APP_NAME: 'app',
      ALLOW_EPHEMERAL_SQLITE: '1',
    })
    const { json } = await elsewhere.call('GET', '/health')
    expect([json.storage.durability, json.status]).toEqual(
      engine === 'sqlite' ? ['ephemeral', 'degraded'] : ['durable', 'healthy'],
    )
  })

  it.each(['/health/live', '/health/ready'])('GET %s is 200 when ready', async (url) => {
    expect((await call('GET', url)).status).toBe(200)
    expect((await call('HEAD', url)).status).toBe(200)
  })

  it('GET /api/ops/health tells administrators more, and nobody else', async () => {
    const answer = await call('GET', '/api/ops/health', { as: admin })
    expect(answer.status, answer.text).toBe(200)
    expect(answer.json).toMatchObject({ frozen: false, lastError: null })
    expect(Object.keys(answer.json.database).length).toBeGreaterThan(2)
    expect((await call('GET', '/api/ops/health')).status).toBe(401)
    const editor = await service.tokenOf('editor')
    expect((await call('GET', '/api/ops/health', { as: editor })).status).toBe(403)
  })

  it('freeze refuses writes on every instance until thaw, and lets reads and logins pass', async () => {
    const other = await startInstance(service.url)
    const publish = (client: { call: Service['call'] }) =>
      client.call('POST', '/api/announcements', { as: admin, body: { title: 't', body: '' } })

    expect((await call('POST', '/api/ops/freeze', { as: admin })).json).toEqual({ frozen: true })
    for (const client of [service, other]) {
      const refused = await publish(client)
      expect([refused.status, refused.json.code]).toEqual([503, 'frozen'])
      expect(refused.headers['retry-after']).toBe('1')
      expect((await client.call('GET', '/api/announcements')).status).toBe(200)
      expect((await client.call('GET', '/health')).json.status).toBe('healthy')
    }
    expect(await other.login()).toMatch(/^hf_/)
    expect((await other.call('GET', '/api/ops/health', { as: admin })).json.frozen).toBe(true)

    expect((await other.call('POST', '/api/ops/thaw', { as: admin })).json).toEqual({
      frozen: false,
    })
    for (const client of [service, other]) expect((await publish(client)).status).toBe(201)
  })

  it.each(['/api/ops/freeze', '/api/ops/thaw'])('POST %s is for administrators', async (url) => {
    expect((await call('POST', url)).status).toBe(401)
    expect((await call('POST', url, { as: await service.tokenOf('editor') })).status).toBe(403)
  })
})

describe('a service whose database is away', () => {
  it('listens, says so, and answers 503 with Retry-After', async () => {
    const app = await startApp({ DATABASE_URL: 'postgres://nobody:secret@127.0.0.1:9/nothing' })
    const { call } = clientOf(app)
    expect((await call('GET', '/health/live')).status).toBe(200)
    for (const url of ['/health/ready', '/health', '/api/announcements', '/api/me']) {
      const answer = await call('GET', url)
      expect(answer.status, url).toBe(503)
      expect(answer.headers['retry-after']).toBe('1')
      expect(answer.text).not.toContain('secret')
    }
    expect((await call('GET', '/health')).json.status).toBe('starting')
    expect((await call('GET', '/openapi.json')).status).toBe(200)
    const login = { body: { username: 'admin', password: 'x'.repeat(12) } }
    expect((await call('POST', '/api/auth/login', login)).json.code).toBe('not_ready')
  })
})
