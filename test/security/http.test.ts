import { request as send } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import type { RouteOptions } from 'fastify'
import { beforeAll, describe, expect, it } from 'vitest'
import { createSqlite } from '../support/databases.ts'
import { namesOf, watchRoutes } from '../support/declarations.ts'
import { startService, type Service } from '../support/service.ts'

const id = '019aa0c4-6f1e-7c3a-9d43-0f6c6a1f2b3c'

const always = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
}

describe('every answer over a connection (security 3.9)', () => {
  const routes: RouteOptions[] = []
  let service: Service
  let port: number

  beforeAll(async () => {
    service = await watchRoutes(
      (route) => routes.push(route),
      () => startService(createSqlite),
    )
    await service.app.listen({ port: 0, host: '127.0.0.1' })
    port = (service.app.server.address() as AddressInfo).port
  })

  /** Methods that fetch() and inject() do not send. */
  function ask(method: string, path: string) {
    return new Promise<{ status: number; headers: Record<string, unknown> }>((resolve, reject) => {
      const request = send({ port, host: '127.0.0.1', method, path }, (response) => {
        response.resume()
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers }),
        )
      })
      request.once('error', reject).end()
    })
  }

  it('refuses methods that a path does not take, and says which it takes', async () => {
    const taken = new Map<string, Set<string>>()
    for (const [method = '', path = ''] of routes.flatMap(namesOf).map((name) => name.split(' ')))
      taken.set(path, (taken.get(path) ?? new Set()).add(method))
    expect(taken.size).toBeGreaterThan(30)
    for (const [path, methods] of taken) {
      for (const method of ['TRACE', 'PROPFIND', 'OPTIONS', 'PUT', 'LINK']) {
        const { status, headers } = await ask(method, path.replaceAll(/:\w+/g, id))
        const allowed = String(headers['allow']).split(', ')
        expect([method, path, status]).toEqual([method, path, 405])
        expect(allowed).toEqual(expect.arrayContaining([...methods]))
        expect(headers).toMatchObject(always)
      }
    }
  }, 60_000)

  it('has the same headers when there is nothing new', async () => {
    const editor = await service.tokenOf('editor')
    const body = { title: 'News', body: '' }
    const { json } = await service.call('POST', '/api/announcements', { as: editor, body })
    const url = `/api/announcements/${json.id}`
    const { headers } = await service.call('GET', url)
    const again = await service.call('GET', url, {
      headers: { 'if-none-match': String(headers['etag']) },
    })
    expect(again.status).toBe(304)
    expect(again.headers).toMatchObject(always)
  })

  it('has the same headers where nobody could read the request', async () => {
    const requests = {
      400: 'NONSENSE\r\n\r\n',
      431: `GET / HTTP/1.1\r\nhost: x\r\nx-large: ${'x'.repeat(20_000)}\r\n\r\n`,
    }
    for (const [status, bytes] of Object.entries(requests)) {
      const text = (await raw(bytes)).toLowerCase()
      expect(text).toMatch(new RegExp(`^http/1.1 ${status} `))
      for (const [name, value] of Object.entries(always))
        expect(text).toContain(`${name}: ${value}`)
      expect(text).not.toMatch(/^(?:server|x-powered-by):/m)
    }
  })

  function raw(bytes: string): Promise<string> {
    return new Promise((resolve) => {
      let answer = ''
      const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
      socket.on('data', (data) => (answer += data.toString()))
      socket.on('error', () => undefined).on('close', () => resolve(answer))
    })
  }

  it('asks browsers for TLS where the service is reached by it, and only there', async () => {
    const header = async (PUBLIC_URL: string) => {
      const { call } = await startService(createSqlite, { PUBLIC_URL })
      return (await call('GET', '/nothing')).headers['strict-transport-security']
    }
    expect(await header('https://specs.example.org')).toBe('max-age=31536000')
    expect(await header('http://specs.example.org')).toBeUndefined()
    expect((await service.call('GET', '/')).headers['strict-transport-security']).toBeUndefined()
  })

  it('lets no other origin read it, and sets no cookie', async () => {
    const headers = { origin: 'https://elsewhere.example' }
    for (const path of ['/', '/login', '/api/specs', '/api/me', '/health']) {
      const answer = await service.call('GET', path, { headers })
      const names = Object.keys(answer.headers)
      expect(names.filter((name) => /^(?:access-control-|set-cookie)/.test(name))).toEqual([])
    }
  })
})
