import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { ConnectionBrokenError, PushEndedError } from '../src/commands/specs/push.errors.ts'
import { createService, type ServiceOptions } from '../src/commands/specs/service.client.ts'
import { freePort } from './support/postgres.setup.ts'

interface Received {
  line: string
  key: string | undefined
  body: string
}

type Act = (response: ServerResponse, request: IncomingMessage) => void

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** A service that does what a test says, one act for each POST; the last one goes on. */
async function fakeService(acts: Act[], { port = 0, probe = answer(200) } = {}) {
  const received: Received[] = []
  const server = createServer((request, response) => {
    const line = `${request.method} ${request.url}`
    let body = ''
    request.setEncoding('utf8').on('data', (text) => (body += text))
    request.on('end', () => {
      received.push({ line, key: String(request.headers['idempotency-key']), body })
      if (request.url === '/health/live') return probe(response, request)
      const act = (acts.length > 1 ? acts.shift() : acts[0]) ?? answer(200)
      act(response, request)
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve)
  })
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), received }
}

function answer(status: number, headers: Record<string, string> = {}, body: unknown = {}): Act {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(body))
  }
}
const reset: Act = (response) => void response.socket?.resetAndDestroy()

const client = (url: URL, options: Partial<ServiceOptions> = {}) =>
  createService({
    url,
    token: 'hf_token',
    stop: new AbortController().signal,
    pauseMs: 5,
    firstPatienceMs: 300,
    patienceMs: 600,
    ...options,
  })

const upload = {
  method: 'POST' as const,
  path: '/api/specs',
  document: { bytes: Buffer.from('{}'), mediaType: 'application/json', idempotencyKey: 'key' },
}

const same = { line: 'POST /api/specs', key: 'key', body: '{}' }

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )

describe('a request that is refused for the moment', () => {
  it.each([429, 502, 503, 504])(
    'with %i is sent again, the same, until it is answered',
    async (status) => {
      const { url, received } = await fakeService([answer(status), answer(status), answer(201)])
      expect((await client(url).send(upload)).status).toBe(201)
      expect(received).toEqual([same, same, same])
    },
  )

  it.each([
    ['seconds', () => '1', 990],
    // Dates have whole seconds.
    ['a date', () => new Date(Date.now() + 2000).toUTCString(), 900],
  ])('waits as long as Retry-After says, in %s', async (_, after, leastMs) => {
    const { url } = await fakeService([
      (response, request) => answer(503, { 'retry-after': after() })(response, request),
      answer(201),
    ])
    const startedAt = performance.now()
    await client(url, { patienceMs: 5000 }).send(upload)
    expect(performance.now() - startedAt).toBeGreaterThan(leastMs)
  })

  it('ends the push with 75 when it stays so, or asks for more than there is patience', async () => {
    const { url, received } = await fakeService([answer(503, {}, { code: 'frozen' })])
    const error = (await failure(client(url).send(upload))) as PushEndedError
    expect([error.exitCode, error.message]).toEqual([
      75,
      `${url.origin} cannot be reached: it answers 503 frozen`,
    ])
    expect(received.length).toBeGreaterThan(3)

    const late = await fakeService([answer(429, { 'retry-after': '3600' })])
    const startedAt = performance.now()
    expect(await failure(client(late.url).send(upload))).toMatchObject({ exitCode: 75 })
    expect(late.received).toHaveLength(1)
    expect(performance.now() - startedAt).toBeLessThan(500)
  })

  it('is waited for beyond all patience while others are answered', async () => {
    const until = performance.now() + 1000
    const { url } = await fakeService([
      (response, request) => {
        const busy = request.method === 'POST' && performance.now() < until
        answer(busy ? 503 : 201)(response, request)
      },
    ])
    const service = client(url, { patienceMs: 300 })
    const sent = service.send(upload)
    while (performance.now() < until) {
      await service.send({ method: 'GET', path: '/api/me' })
      await pause(10)
    }
    expect((await sent).status).toBe(201)
  })
})

describe('a connection', () => {
  it('that breaks is made again, and the request sent again, the same', async () => {
    const { url, received } = await fakeService([reset, reset, answer(201)])
    expect((await client(url).send(upload)).status).toBe(201)
    expect(received.filter(({ line }) => line === 'POST /api/specs')).toEqual([same, same, same])
  })

  it('that one request always breaks does not end the others', async () => {
    const { url, received } = await fakeService([reset])
    expect(await failure(client(url).send(upload))).toBeInstanceOf(ConnectionBrokenError)
    expect(received.filter(({ line }) => line === 'POST /api/specs')).toHaveLength(4)
  })

  it('that always breaks, for the probe too, ends the push with 75', async () => {
    const { url } = await fakeService([answer(200), reset], { probe: reset })
    const service = client(url)
    await service.send(upload)
    expect(await failure(service.send(upload))).toMatchObject({ exitCode: 75 })
  })

  it('that is never made ends the push with 75, soon', async () => {
    const url = new URL(`http://127.0.0.1:${await freePort()}`)
    const startedAt = performance.now()
    const error = (await failure(client(url).send(upload))) as PushEndedError
    expect([error.exitCode, error.message]).toEqual([
      75,
      `${url.origin} cannot be reached: ECONNREFUSED`,
    ])
    expect(performance.now() - startedAt).toBeLessThan(2000)
  })

  it('is made as soon as the service is back', async () => {
    const port = await freePort()
    const first = client(new URL(`http://127.0.0.1:${port}`), { firstPatienceMs: 5000 })
    const sent = first.send(upload)
    const { received } = await fakeService([answer(201)], { port })
    expect((await sent).status).toBe(201)
    expect(received.filter(({ line }) => line === 'POST /api/specs')).toHaveLength(1)
  })
})

describe('what ends a push at once', () => {
  it('is a token that is not taken, in a sentence without the token', async () => {
    const { url, received } = await fakeService([answer(401, {}, { code: 'unauthorized' })])
    const error = (await failure(client(url).send(upload))) as PushEndedError
    expect(error).toMatchObject({ exitCode: 1 })
    expect(error.message).toContain('does not take the token (401 unauthorized)')
    expect([error.message.includes('hf_token'), received.length]).toEqual([false, 1])
  })

  it('is a redirection, which is not followed', async () => {
    const { url, received } = await fakeService([
      answer(301, { location: 'https://elsewhere.example.org/' }),
    ])
    const error = (await failure(client(url).send(upload))) as PushEndedError
    expect(error.message).toContain('leads to https://elsewhere.example.org/')
    expect([error.exitCode, received.length]).toEqual([1, 1])
  })

  it('is an interruption while it waits for the next attempt', async () => {
    const { url } = await fakeService([answer(503, { 'retry-after': '30' })])
    const stop = new AbortController()
    const startedAt = performance.now()
    setTimeout(() => stop.abort(), 50)
    const error = await failure(client(url, { stop: stop.signal, patienceMs: 60_000 }).send(upload))
    expect(error).toMatchObject({ exitCode: 130 })
    expect(performance.now() - startedAt).toBeLessThan(5000)
  })
})

describe('the address of a service', () => {
  it('may have a path of its own', async () => {
    const { url, received } = await fakeService([answer(200)])
    for (const path of ['/below', '/below/']) {
      await client(new URL(path, url)).send({ method: 'GET', path: '/api/me' })
    }
    expect(received.map(({ line }) => line)).toEqual(['GET /below/api/me', 'GET /below/api/me'])
  })
})

describe('an answer', () => {
  it('that says JSON and is none is given without one', async () => {
    const { url } = await fakeService([
      (response) => response.writeHead(500, { 'content-type': 'application/json' }).end('{"a":'),
      (response) => response.writeHead(404, { 'content-type': 'text/html' }).end('<html>'),
    ])
    const service = client(url)
    expect(await service.send(upload)).toEqual({ status: 500, json: undefined })
    expect(await service.send(upload)).toEqual({ status: 404, json: undefined })
  })
})
