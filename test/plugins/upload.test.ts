import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import Fastify from 'fastify'
import { beforeAll, describe, expect, it } from 'vitest'
import errors from '../../src/plugins/errors.ts'
import upload, { takeBodiesUnread, type UploadOptions } from '../../src/plugins/upload.ts'
import { createSqlite } from '../support/databases.ts'
import { startService, type Service } from '../support/service.ts'

describe('a large body over a socket', () => {
  let service: Service
  let port: number
  let token: string

  beforeAll(async () => {
    service = await startService(createSqlite)
    token = await service.login()
    await service.app.listen({ port: 0, host: '127.0.0.1' })
    port = (service.app.server.address() as AddressInfo).port
  })

  const head = (headers: string[]) =>
    [
      'POST /api/specs HTTP/1.1',
      'host: x',
      `authorization: Bearer ${token}`,
      'content-type: application/json',
      ...headers,
      '',
      '',
    ].join('\r\n')

  /** Sends, and gives what comes until the service closes the connection, and how long that took. */
  async function answerTo(send: (write: (text: string) => boolean) => Promise<void> | void) {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    let text = ''
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    socket.on('data', (data) => (text += data.toString())).on('error', () => undefined)
    const startedAt = performance.now()
    await send((chunk) => {
      if (socket.writable) socket.write(chunk)
      return socket.writable
    })
    await closed
    return { text, ms: performance.now() - startedAt }
  }

  it('that is too large, or not for the caller, is answered where clients send everything first', async () => {
    const body = 'x'.repeat(12_000_000)
    const send = (headers: Record<string, string>) =>
      fetch(`http://127.0.0.1:${port}/api/specs`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', ...headers },
      })
    for (let round = 0; round < 5; round++) {
      expect((await send({ authorization: `Bearer ${token}` })).status).toBe(413)
      expect((await send({})).status).toBe(401)
      expect(
        (await send({ 'content-type': 'image/png', authorization: `Bearer ${token}` })).status,
      ).toBe(415)
    }
  })

  it('of ten gigabytes is answered at once, and not read', async () => {
    const { text, ms } = await answerTo((write) => {
      write(head(['content-length: 10737418240']))
      write('{'.repeat(1000))
    })
    expect(text).toMatch(/^HTTP\/1\.1 413 /)
    expect(text).toMatch(/connection: close/i)
    expect(ms).toBeLessThan(2_000)
  })

  it('without an end is answered, and cut off', async () => {
    const piece = `10000\r\n${'x'.repeat(65_536)}\r\n`
    const { text } = await answerTo(async (write) => {
      write(head(['transfer-encoding: chunked']))
      while (write(piece)) await pause(1)
    })
    expect(text).toMatch(/^HTTP\/1\.1 413 /)
  })

  it('that its sender breaks off leaves nothing behind', async () => {
    for (let round = 0; round < 20; round++) {
      const socket = connect(port, '127.0.0.1')
      await once(socket, 'connect')
      socket.write(head(['content-length: 8000000']))
      socket.write('{"openapi":')
      await pause(5)
      socket.destroy()
    }
    // Their memory is there again: four of these have as much as there is.
    const size = 8_000_000
    const document = (i: number) =>
      `{"openapi":"3.1.0","info":{"title":"T${i}","version":"1","description":"${'x'.repeat(size)}"},"paths":{}}`
    const statuses = await Promise.all(
      [1, 2, 3, 4].map(async (i) => {
        const answer = await fetch(`http://127.0.0.1:${port}/api/specs`, {
          method: 'POST',
          body: document(i),
          headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        })
        return answer.status
      }),
    )
    expect(statuses).toEqual([201, 201, 201, 201])
  })
})

describe('a body that comes slowly', () => {
  /** Sends ten bytes, one at a time. Gives what came back until the connection ended, or all was sent. */
  async function drip(options: UploadOptions, everyMs: number): Promise<string> {
    const app = Fastify({ forceCloseConnections: true })
    await app.register(errors)
    await app.register(upload, options)
    takeBodiesUnread(app, ['text/x'])
    app.post('/', (request) => app.receive(request, 10, async (body) => `${body.length} bytes`))
    await app.listen({ port: 0, host: '127.0.0.1' })
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
    let answer = ''
    const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    socket.on('data', (data) => (answer += data.toString())).on('error', () => undefined)
    socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-type: text/x\r\ncontent-length: 10\r\n\r\n')
    for (let sent = 0; sent < 10 && socket.writable; sent++) {
      await pause(everyMs)
      socket.write('x')
    }
    await Promise.race([ended, pause(100)])
    socket.destroy()
    await app.close()
    return answer
  }

  it('is cut off when others could wait for its memory', async () => {
    expect(await drip({ patienceMs: 100, bytesPerSecond: 1_000 }, 40)).toBe('')
  })

  it('has time for its length, and some more', async () => {
    expect(await drip({ patienceMs: 5_000, bytesPerSecond: 1_000 }, 10)).toContain('10 bytes')
    expect(await drip({ patienceMs: 0, bytesPerSecond: 2 }, 10)).toContain('10 bytes')
  })
})
