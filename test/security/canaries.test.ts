import { gzipSync } from 'node:zlib'
import Fastify from 'fastify'
import { beforeAll, describe, expect, it } from 'vitest'
import { createToken, hashToken } from '../../src/tokens.ts'
import { databases } from '../support/databases.ts'
import { clientOf, password, startApp, startService, type Service } from '../support/service.ts'
import { canaries, watchedLog } from '../support/watch.ts'

const secrets = {
  BACKUP_TOKEN: 'canary-of-the-backup-token-0123456789',
  METRICS_TOKEN: 'canary-of-the-metrics-token-0123456789',
  SECRET_KEYS: 'k1:Y2FuYXJ5LW9mLXRoZS1zZWNyZXQta2V5cy0wMTIzNDU=',
}

/** A service that tells what it is asked to tell. */
function leaky() {
  const app = Fastify({ logger: { level: 'trace', stream: watchedLog } })
  app.get('/body', (request) => ({ told: request.headers['x-tell'] }))
  app.get('/header', (request, reply) => reply.header('x-told', request.headers['x-tell']).send())
  app.get('/packed', (request, reply) =>
    reply.header('content-encoding', 'gzip').send(gzipSync(String(request.headers['x-tell']))),
  )
  app.get('/log', (request) => {
    request.log.debug({ told: request.headers['x-tell'] })
    return ''
  })
  app.get('/error', (request, reply) =>
    reply.code(500).send({ detail: JSON.parse(String(request.headers['x-tell'])) }),
  )
  app.post('/body', ({ body }) => body)
  app.post('/api/auth/login', (request) => ({ token: request.headers['x-tell'] }))
  return clientOf(app).call
}

describe('what must never be told', () => {
  const session = createToken('session')
  const call = leaky()

  async function tell(route: string, what: string, as?: string): Promise<string[]> {
    const [method = '', path = ''] = route.split(' ')
    await call(method as 'GET', path, { as, headers: { 'x-tell': what } })
    return canaries.take()
  }

  it.each(['/body', '/header', '/packed', '/log'])(
    'is found in %s of a service that leaks',
    async (path) => {
      expect(
        await tell(`GET ${path}`, '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA'),
      ).toMatchObject([expect.stringContaining('a password hash')])
      expect(await tell(`GET ${path}`, createToken('reset'))).toMatchObject([
        expect.stringContaining('a token'),
      ])
      canaries.keep('a secret of the configuration', secrets.BACKUP_TOKEN)
      expect(await tell(`GET ${path}`, secrets.BACKUP_TOKEN)).toMatchObject([
        expect.stringContaining('a secret of the configuration'),
      ])
    },
  )

  it('is the hash of a token that was sent, and no other hash', async () => {
    expect(await tell('GET /body', hashToken(session))).toEqual([])
    expect(await tell('GET /body', hashToken(session), session)).toMatchObject([
      expect.stringContaining('the hash of a token'),
    ])
  })

  it('is a token, but in the one answer that makes it', async () => {
    const token = createToken('session')
    expect(await tell('POST /api/auth/login', token)).toEqual([])
    expect(await tell('POST /api/auth/login', token)).toHaveLength(1)
    expect(await tell('GET /body', token)).toHaveLength(1)
  })

  it('is a token that was sent before the answer that is said to make it was asked for', async () => {
    const token = createToken('session')
    await tell('GET /body', 'nothing', token)
    expect(await tell('POST /api/auth/login', token)).toHaveLength(1)
    const own = createToken('session')
    expect(await tell('POST /api/auth/login', own, own)).toHaveLength(1)
  })

  it('is a password that somebody sent', async () => {
    await call('POST', '/body', { body: { password: 'a canary that sings' } })
    expect(canaries.take()).toEqual([expect.stringContaining('the password that somebody sent')])
  })

  it.each([
    'SQLITE_CONSTRAINT: NOT NULL',
    'Failed query: select "id" from "users"',
    'Error: no\n    at build (/srv/app/src/app.ts:10:5)',
  ])('is how the service is made, in an error: %s', async (what) => {
    await call('GET', '/error', { headers: { 'x-tell': JSON.stringify(what) } })
    expect(canaries.take()).toHaveLength(1)
  })

  it('is an e-mail address, in a log', async () => {
    expect(await tell('GET /log', 'ada@example.org')).toHaveLength(1)
    expect(await tell('GET /body', 'ada@example.org')).toEqual([])
  })
})

describe.each(databases)('canaries on $engine', ({ engine, create }) => {
  let service: Service
  let admin: string

  beforeAll(async () => {
    service = await startService(create, secrets)
    admin = await service.login()
  })

  /** Every kind of credential, made as people make them. */
  async function plant() {
    const { call } = service
    const name = `planted-${crypto.randomUUID().slice(0, 8)}`
    const made = await call('POST', '/api/users', { as: admin, body: { username: name, password } })
    const member = await service.login(name)
    const body = { name: 'A program', scopes: ['specs:read'] }
    await call('POST', '/api/tokens', { as: member, body })
    await call('POST', '/api/invites', { as: admin, body: { role: 'member' } })
    const reset = await call('POST', `/api/users/${made.json.id}/reset`, { as: admin })
    expect(reset.status).toBe(201)
  }

  /** Of every row that has one. */
  async function credentials(): Promise<string[]> {
    const { db, tables } = service.app.database
    const { users, sessions, apiTokens, invites, resets } = tables
    const hashes = [sessions, apiTokens, invites, resets].map(async (table) => {
      const rows = await db.select({ hash: table.tokenHash }).from(table)
      return rows.flatMap(({ hash }) => hash ?? [])
    })
    const passwords = await db.select({ hash: users.passwordHash }).from(users)
    return [...passwords.flatMap(({ hash }) => hash ?? []), ...(await Promise.all(hashes)).flat()]
  }

  it('are in no export, which has them sealed (security 3.7, 3.8)', async () => {
    await plant()
    const known = await credentials()
    expect(known.length).toBeGreaterThan(5)
    for (const query of ['', '?include=history']) {
      const { text, status } = await service.call('GET', `/api/export${query}`, { as: admin })
      expect([status, JSON.parse(text).footer.credentials]).toEqual([200, 'sealed'])
      for (const one of known) expect(text).not.toContain(one)
    }
  })

  it('are in no answer under an Idempotency-Key but to whoever has it', async () => {
    const ask = (key: string) =>
      service.call('POST', '/api/invites', {
        as: admin,
        body: { role: 'member' },
        headers: { 'idempotency-key': key },
      })
    const first = await ask('one')
    expect((await ask('one')).json.token).toBe(first.json.token)
    expect((await ask('two')).json.token).not.toBe(first.json.token)
    const rows = await service.app.database.db
      .select()
      .from(service.app.database.tables.idempotency)
    expect(JSON.stringify(rows)).not.toContain(first.json.token)
  })

  it('are in nothing that is said of a database that lets nobody in', async () => {
    if (engine === 'sqlite') return
    const url = new URL((await create()).url)
    url.password = 'canary-of-the-database-password'
    const app = await startApp({ ...secrets, DATABASE_URL: url.href })
    await expect(app.database.open()).rejects.toThrow()
    const { call } = clientOf(app)
    for (const path of ['/health', '/health/ready', '/api/specs', '/specs', '/nothing'])
      expect((await call('GET', path)).text).not.toContain('canary')
  })

  it('were found nowhere', () => {
    expect(canaries.take()).toEqual([])
  })
})
