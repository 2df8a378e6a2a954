import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import Fastify from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import bodyTimeout, { type BodyTimeoutOptions } from '../../src/plugins/body-timeout.ts'

const apps: ReturnType<typeof Fastify>[] = []
afterEach(() => Promise.all(apps.splice(0).map((app) => app.close())))

/** Sends a body of ten bytes, one at a time; gives what came back until the connection ended, or all was sent. */
async function drip(options: BodyTimeoutOptions | undefined, everyMs: number, path = '/') {
  const app = Fastify({ forceCloseConnections: true })
  apps.push(app)
  if (options) await app.register(bodyTimeout, options)
  app.addContentTypeParser('text/x', { parseAs: 'string' }, (_request, body, done) =>
    done(null, body),
  )
  app.post('/', (request) => request.body)
  app.post('/large', { config: { largeBody: true } }, (request) => request.body)
  await app.listen({ port: 0, host: '127.0.0.1' })

  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  let answer = ''
  let ended = false
  socket.on('data', (data) => (answer += data.toString()))
  socket.on('close', () => (ended = true)).on('error', () => undefined)
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: text/x\r\nContent-Length: 10\r\n\r\n`,
  )
  for (let sent = 0; sent < 10 && !ended; sent++) {
    await pause(everyMs)
    if (!ended) socket.write('x')
  }
  for (let waited = 0; waited < 100 && !ended && answer === ''; waited++) await pause(10)
  socket.destroy()
  return answer
}

describe('a body that comes a byte at a time', () => {
  it('is cut off after its time', async () => {
    expect(await drip({ bodyMs: 100 }, 40)).toBe('')
  })

  it('is read to its end without the plugin: what the test would see if it did nothing', async () => {
    expect(await drip(undefined, 40)).toContain('200 OK')
  })

  it('is answered when it comes in time', async () => {
    expect(await drip({ bodyMs: 5_000 }, 2)).toContain('xxxxxxxxxx')
  })

  it('may take as long as it likes where large ones are taken, but not fall silent', async () => {
    expect(await drip({ bodyMs: 50, silenceMs: 2_000 }, 20, '/large')).toContain('xxxxxxxxxx')
    expect(await drip({ bodyMs: 5_000, silenceMs: 100 }, 500, '/large')).toBe('')
  })
})
