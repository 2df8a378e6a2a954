import { connect, type AddressInfo } from 'node:net'
import { beforeAll, describe, expect, it } from 'vitest'
import { createSqlite } from '../support/databases.ts'
import { startService, type Service } from '../support/service.ts'

describe('every answer', () => {
  let service: Service
  let call: Service['call']
  let editor: string

  beforeAll(async () => {
    service = await startService(createSqlite)
    call = service.call
    editor = await service.tokenOf('editor')
  })

  it('carries a request id: the caller’s when it is one, a new one otherwise', async () => {
    const given = await call('GET', '/health/live', { headers: { 'x-request-id': 'abc.DEF-1_2' } })
    expect(given.headers['x-request-id']).toBe('abc.DEF-1_2')
    for (const bad of ['', 'a b', 'x'.repeat(65), 'ä', 'a\\b']) {
      const answer = await call('GET', '/health/live', { headers: { 'x-request-id': bad } })
      expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
    }
  })

  it.each(['/health', '/api/announcements', '/nothing', '/api/me', '/openapi.json'])(
    'of %s forbids what browsers do with it',
    async (url) => {
      const { headers } = await call('GET', url)
      expect(headers['content-security-policy']).toContain("default-src 'none'")
      expect(headers['x-content-type-options']).toBe('nosniff')
      expect(headers['referrer-policy']).toBe('no-referrer')
      expect(headers.server).toBeUndefined()
      expect(headers['x-powered-by']).toBeUndefined()
      expect(headers['access-control-allow-origin']).toBeUndefined()
    },
  )

  it('is a problem when something is wrong', async () => {
    const answer = await call('GET', '/nothing?secret=1')
    expect(answer.headers['content-type']).toContain('application/problem+json')
    expect(answer.json).toEqual({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      detail: expect.any(String),
      instance: '/nothing',
      code: 'not_found',
      requestId: answer.headers['x-request-id'],
    })
  })

  it('is 405 with Allow for a method that the address does not take', async () => {
    const answer = await call('PUT', '/api/announcements')
    expect(answer.status).toBe(405)
    expect(answer.headers.allow).toBe('GET, HEAD, POST')
    expect((await call('DELETE', '/api/announcements/x/y')).status).toBe(404)
    expect((await call('PUT', '/api/announcements/x')).headers.allow).toContain('PATCH')
  })

  it.each([
    ['text/plain', 415],
    ['application/x-www-form-urlencoded', 415],
    ['application/jsonx', 415],
    ['application/json; charset=utf-8', 201],
  ])('to a body of type %s is %i', async (type, status) => {
    const answer = await call('POST', '/api/announcements', {
      as: editor,
      headers: { 'content-type': type },
      body: JSON.stringify({ title: 't', body: '' }),
    })
    expect(answer.status).toBe(status)
  })

  it('refuses an encoded body', async () => {
    const answer = await call('POST', '/api/announcements', {
      as: editor,
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: JSON.stringify({ title: 't', body: '' }),
    })
    expect([answer.status, answer.json.code]).toEqual([415, 'unsupported_encoding'])
  })

  it.each([
    ['{', 'invalid_json'],
    ['', 'invalid_json'],
    ['{"title":"t","__proto__":{"x":1},"body":""}', 'invalid_json'],
    ['{"title":"t","constructor":{"prototype":{}},"body":""}', 'invalid_json'],
  ])('refuses the body %s', async (body, code) => {
    const answer = await call('POST', '/api/announcements', {
      as: editor,
      headers: { 'content-type': 'application/json' },
      body,
    })
    expect([answer.status, answer.json.code]).toEqual([400, code])
  })

  it('refuses bytes that are no UTF-8, instead of replacing them', async () => {
    const answer = await service.app.inject({
      method: 'POST',
      url: '/api/announcements',
      headers: { authorization: `Bearer ${editor}`, 'content-type': 'application/json' },
      payload: Buffer.from('{"title":"a\xff","body":""}', 'latin1'),
    })
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'invalid_text'])
  })

  it('refuses a body that is nested without end', async () => {
    const deep = `{"username":${'['.repeat(20_000)}${']'.repeat(20_000)},"password":"x"}`
    const headers = { 'content-type': 'application/json' }
    const answer = await call('POST', '/api/auth/login', { body: deep, headers })
    expect([answer.status, answer.json.code]).toEqual([400, 'invalid_text'])
  })

  it.each([
    ['POST', '/api/announcements?dryRun=true'],
    ['GET', '/api/me?x=1'],
    ['GET', '/health?x=1'],
  ] as const)('refuses a query that %s %s does not know', async (method, url) => {
    const body = method === 'POST' ? { title: 't', body: '' } : undefined
    const answer = await call(method, url, { as: editor, ...(body && { body }) })
    expect([answer.status, answer.json.code]).toEqual([400, 'invalid_request'])
  })

  it('refuses a body where none is taken', async () => {
    const admin = await service.login()
    const answer = await call('POST', '/api/ops/thaw', { as: admin, body: { x: 1 } })
    expect([answer.status, answer.json.code]).toEqual([400, 'invalid_request'])
    expect((await call('POST', '/api/ops/thaw', { as: admin, body: {} })).status).toBe(200)
  })

  it.each([
    ['/api/%zz', 400],
    [`/api/announcements/${'x'.repeat(150)}`, 400],
    [`/api/announcements/${'x'.repeat(1500)}`, 414],
  ])('is a problem with a request id for %s too', async (url, status) => {
    const answer = await call('GET', url)
    expect(answer.status).toBe(status)
    expect(answer.headers['content-type']).toContain('application/problem+json')
    expect(answer.json.requestId).toBeTypeOf('string')
  })

  it('takes no host from the request’s target', async () => {
    await service.app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = service.app.server.address() as AddressInfo
    const answer = await ask(
      port,
      'GET http://evil.example/api/nothing?x=1 HTTP/1.1\r\nHost: x\r\n\r\n',
    )
    expect(answer).toContain('404 Not Found')
    expect(answer).not.toContain('evil')
    for (const [request, status] of [
      ['NONSENSE\r\n\r\n', '400 Bad Request'],
      [`GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, '431 '],
    ]) {
      const refused = await ask(port, request ?? '')
      expect(refused).toContain(status)
      expect(refused).toContain('application/problem+json')
    }
  })

  it('refuses a body that is too large', async () => {
    const answer = await call('POST', '/api/announcements', {
      as: editor,
      body: { title: 't', body: 'x'.repeat(300 * 1024) },
    })
    expect([answer.status, answer.json.code]).toEqual([413, 'body_too_large'])
  })

  it('knows the start page and the docs, under a policy that lets nothing run inline', async () => {
    for (const url of ['/', '/docs']) {
      const answer = await call('GET', url)
      expect(answer.status).toBe(200)
      expect(answer.headers['content-type']).toContain('text/html')
      expect(answer.headers['content-security-policy']).toContain("script-src 'self'")
      expect(answer.headers['content-security-policy']).not.toContain('unsafe')
      expect(answer.text).not.toMatch(/<script>|style="|https?:\/\//)
      for (const [, file] of answer.text.matchAll(/(?:src|href)="(\/[^"]*\.(?:js|css|png))"/g)) {
        expect((await call('GET', file ?? '')).status, file).toBe(200)
      }
    }
  })
})

/** What comes back for raw bytes, until the answer has come or the connection ends. */
function ask(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    socket.on('data', (data) => {
      answer += data.toString()
      if (answer.includes('\r\n\r\n')) setTimeout(() => socket.destroy(), 50)
    })
    socket.on('error', () => undefined).on('close', () => resolve(answer))
  })
}
