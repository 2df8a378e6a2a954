import { connect, type AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { beforeAll, describe, expect, it } from 'vitest'
import { startLogged } from '../modules/audit/logged.fixture.ts'
import { createSqlite, databases } from '../support/databases.ts'
import { password, startService, type Service } from '../support/service.ts'

/** All that a line about an answer may hold. */
const allowed = ['level', 'time', 'pid', 'hostname', 'reqId', 'msg', 'method', 'route', 'status']
const optional = ['ms', 'ip', 'code', 'userId']

const uuid = /^[0-9a-f]{8}-[0-9a-f-]{27}$/

describe('the id of a request', () => {
  let service: Service
  beforeAll(async () => {
    service = await startService(createSqlite)
  })

  it.each(['/health/live', '/api/me', '/nothing', '/openapi.json'])(
    'is told twice by the answer of %s, as X-Request-Id and as X-Trace-ID',
    async (url) => {
      for (const given of ['mine.1', 'not valid']) {
        const { headers } = await service.call('GET', url, { headers: { 'x-request-id': given } })
        expect(headers['x-trace-id']).toBe(headers['x-request-id'])
        expect(headers['x-request-id']).toMatch(given === 'mine.1' ? /^mine\.1$/ : uuid)
      }
    },
  )

  it('is told twice also where there was no request to speak of', async () => {
    const { app } = service
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as AddressInfo
    const socket = connect(port, '127.0.0.1').end('nonsense\r\n\r\n')
    const answer = await text(socket)
    const [, requestId] = /^X-Request-Id: (.*)\r$/m.exec(answer) ?? []
    expect(requestId).toMatch(uuid)
    expect(answer).toContain(`X-Trace-ID: ${requestId}\r\n`)
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({ requestId })
  })
})

describe.each(databases)('the log on $engine (security 3.13)', ({ create }) => {
  const canaries = {
    query: 'canary-in-the-query',
    path: 'canary-in-the-path',
    header: 'canary-in-a-header',
    body: 'canary-in-a-body',
    password: 'canary as a password 1',
    wrong: 'canary as a wrong password',
    name: 'canary-as-a-name',
    email: 'canary@example.org',
    token: `hf_${'canary'.padEnd(43, 'x')}`,
    backup: 'canary'.padEnd(40, 'b'),
  }

  it.each(['info', 'debug'] as const)(
    'has no query, path, header, body, password, address or token in it, at level %s',
    async (level) => {
      const service = await startLogged(create, level, {
        BACKUP_TOKEN: canaries.backup,
        RATE_LIMIT_READS: '40',
      })
      const { call, log } = service
      const admin = await service.login()
      const secret = {
        as: admin,
        headers: { 'user-agent': canaries.header, cookie: canaries.header },
      }
      const user = { username: 'ada', password: canaries.password, email: canaries.email }
      await call('POST', '/api/users', { ...secret, body: user })
      const credentials = { username: 'ada', password: canaries.password }
      const ada = (await call('POST', '/api/auth/login', { body: credentials })).json
      expect(ada.token).toMatch(/^hf_/)
      await call('POST', '/api/auth/login', { body: { username: 'ada', password: canaries.wrong } })
      await call('POST', '/api/auth/login', { body: { username: canaries.name, password } })
      await call('GET', `/api/specs?q=${canaries.query}`, secret)
      await call('GET', `/api/specs?unknown=${canaries.query}`, secret)
      await call('GET', `/api/specs/${canaries.path}`, secret)
      await call('GET', `/${canaries.path}?${canaries.query}`, secret)
      await call('POST', '/api/announcements', {
        ...secret,
        body: { title: canaries.body, body: '' },
      })
      await call('POST', '/api/announcements', {
        ...secret,
        headers: { 'content-type': 'application/json' },
        body: `{"title": "${canaries.body}`,
      })
      await call('POST', `/api/specs?slug=${canaries.query}`, {
        ...secret,
        headers: { 'content-type': 'application/yaml', 'idempotency-key': canaries.header },
        body: `openapi: 3.0.3\ninfo: { title: ${canaries.body}, version: '1' }\npaths: {}\n`,
      })
      await call('POST', '/api/import', {
        ...secret,
        headers: { 'content-type': 'application/json', 'x-confirm-replace': canaries.header },
        body: `{"${canaries.body}": 1}`,
      })
      await call('GET', `/api/export?include=${canaries.query}`, secret)
      await call('GET', '/api/export', { as: canaries.backup })
      for (const as of [canaries.token, `hf_api_${'y'.repeat(43)}`, 'Basic canary']) {
        await call('GET', '/api/me', { as })
      }
      for (let n = 0; n < 45; n += 1) await call('GET', '/api/announcements', { as: ada.token })

      const written = log.text()
      expect(written).toContain('"msg":"answered"')
      expect(written).not.toMatch(/canary/i)
      for (const token of [admin, ada.token, password]) expect(written).not.toContain(token)
      expect(written).not.toMatch(/hf_|argon2|Bearer/)
    },
  )

  it('has a line for each answer, of these fields and no others', async () => {
    const service = await startLogged(create)
    await service.call('GET', '/api/specs?q=xy', { as: await service.login() })
    await service.call('GET', '/nothing')
    const lines = service.log.entries().filter(({ msg }) => msg === 'answered')
    expect(lines).toHaveLength(3)
    for (const line of lines) {
      const fields = Object.keys(line)
      expect(fields.filter((field) => ![...allowed, ...optional].includes(field))).toEqual([])
    }
    expect(lines[1]).toMatchObject({ route: '/api/specs', status: 200, userId: expect.any(String) })
  })

  it('tells of who was let in and who was not, of what was denied, limited, and changed of a role', async () => {
    const service = await startLogged(create, 'info', { RATE_LIMIT_READS: '2' })
    const { call, log } = service
    const admin = await service.login()
    const body = { username: 'ada', password }
    const ada = (await call('POST', '/api/users', { as: admin, body })).json
    const token = await service.login('ada')
    await call('POST', '/api/auth/login', { body: { username: 'ada', password: 'not his own' } })
    await call('PATCH', `/api/users/${ada.id}`, { as: admin, body: { role: 'editor' } })
    await call('DELETE', `/api/users/${ada.id}`, { as: token })
    await call('GET', '/api/me', { as: `hf_${'x'.repeat(43)}` })
    for (let n = 0; n < 3; n += 1) await call('GET', '/api/me', { as: token })

    const told = log
      .entries()
      .filter(({ msg }) => msg === 'answered')
      .map(({ method, route, status, code, userId }) => [method, route, status, code, userId])
    expect(told).toEqual(
      expect.arrayContaining([
        ['POST', '/api/auth/login', 200, undefined, undefined],
        ['POST', '/api/auth/login', 401, 'invalid_credentials', undefined],
        ['PATCH', '/api/users/:id', 200, undefined, expect.any(String)],
        ['DELETE', '/api/users/:id', 403, 'forbidden', ada.id],
        ['GET', '/api/me', 401, 'unauthorized', undefined],
        ['GET', '/api/me', 429, 'rate_limited', ada.id],
      ]),
    )
  })
})
