import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { startProxy, type ProxyMode } from '../support/proxy.ts'
import { freePort } from '../support/postgres.setup.ts'
import { createRandom } from '../support/random.ts'
import { trials } from '../support/trials.ts'
import { examine, expectHealthy, expectNoPassword, follow } from './doctor.fixture.ts'
import { addressOf, startServer } from './server.fixture.ts'
import { mysqlGreeting, startStranger, watchConnections } from './strangers.fixture.ts'

let server: Awaited<ReturnType<typeof startServer>>

beforeAll(async () => {
  server = await startServer()
})

const noIPv6 = {
  lookup: () => Promise.resolve([{ address: '2001:db8::1', family: 6 }]),
  routable: ({ family }: { family: number }) => Promise.resolve(family === 4),
}

describe('the way to the host', () => {
  it('names a host that nobody knows', async () => {
    const { failed } = await examine(server.address({ host: 'nosuch.invalid' }))
    expect(failed).toMatchObject([{ step: 'dns', says: expect.stringContaining('nosuch.invalid') }])
    expect(failed[0]!.leftOut).toEqual(expect.arrayContaining(['tcp', 'login', 'migrations']))
    await expectHealthy(server.address())
  })

  it('names a host with an IPv6 address only, where this machine has none', async () => {
    const only6 = server.address({ host: 'db.example.org' })
    const { failed } = await examine(only6, {}, { network: noIPv6 })
    expect(failed).toMatchObject([
      {
        step: 'dns',
        says: expect.stringContaining('2001:db8::1'),
        remedy: expect.stringContaining('IPv4'),
      },
    ])
    await expectHealthy(server.address({ host: 'localhost' }))
  })

  it('leads from the direct host of Supabase, which has IPv6 only, to its session pooler', async () => {
    const direct = 'postgres://postgres:canary@db.abcdefghijklmnopqrst.supabase.co:5432/postgres'
    const { failed } = await examine(direct, {}, { network: noIPv6 })
    expect(failed[0]!.remedy).toContain('Session pooler')
    expect(failed[0]!.remedy).toContain('user postgres.<project>')
  })

  it('says of every address of a name whether there is a route', async () => {
    const { step } = await examine(
      server.address({ host: 'localhost' }),
      {},
      {
        network: {
          lookup: () =>
            Promise.resolve([
              { address: '2001:db8::1', family: 6 },
              { address: '127.0.0.1', family: 4 },
            ]),
          routable: noIPv6.routable,
        },
      },
    )
    expect(step('dns')).toMatchObject({ ok: true, says: expect.stringContaining('no route') })
  })

  it('asks no host but that of the target', async () => {
    const seen = watchConnections()
    await examine(server.address({ database: 'nosuch' }))
    await examine(server.address({ port: await freePort() }))
    await examine(server.address())
    expect([...seen]).toEqual(['127.0.0.1'])
  })
})

describe('the port', () => {
  it('names one at which nothing listens, which may pass', async () => {
    const { failed } = await examine(server.address({ port: await freePort() }))
    expect(failed).toMatchObject([
      { step: 'tcp', away: true, says: expect.stringContaining('nothing listens') },
    ])
    await expectHealthy(server.address())
  })

  // All of 127.0.0.0/8 is this machine on Linux alone.
  it.runIf(process.platform === 'linux').each([
    ['nothing listens', false],
    ['something else answers', true],
  ])('finds PostgreSQL at its usual port when %s at the given one', async (_, other) => {
    const host = '127.0.0.77'
    await startStranger(
      (near) => {
        const far = connect(server.port, '127.0.0.1')
        far.on('error', () => near.destroy())
        near.once('close', () => far.destroy())
        near.pipe(far).pipe(near)
      },
      { host, port: 5432 },
    )
    const port = other
      ? (await startStranger((socket) => void socket.write(mysqlGreeting), { host })).port
      : await freePort()
    const { failed } = await examine(addressOf({ host, port }))
    expect(failed).toHaveLength(1)
    expect(failed[0]).not.toHaveProperty('away')
    expect(failed[0]!.corrected).toContain(':5432/')
    await expectHealthy(follow(failed[0]))
  })

  it.each<[mode: ProxyMode, says: string]>([
    ['silent', 'says nothing'],
    ['end', 'closes it at once'],
  ])('names a host that is %s, and passes once it forwards', async (mode, says) => {
    const proxy = await startProxy({ port: server.port, mode })
    onTestFinished(() => proxy.close())
    const startedAt = performance.now()
    const { failed } = await examine(addressOf({ port: proxy.port }))
    expect(performance.now() - startedAt).toBeLessThan(30_000)
    expect(failed).toMatchObject([
      { step: 'server', away: true, says: expect.stringContaining(says) },
    ])
    proxy.set('forward')
    await expectHealthy(addressOf({ port: proxy.port }))
  })

  it('ends in time at a server that falls silent after its greeting', async () => {
    const { port } = await startStranger((socket) => {
      socket.once('data', () => void socket.write('N'))
    })
    const startedAt = performance.now()
    const { failed } = await examine(addressOf({ port }), {}, { withinMs: 3_000 })
    expect(performance.now() - startedAt).toBeLessThan(5_000)
    expect(failed).toMatchObject([{ step: 'login', away: true }])
  })
})

describe('a server that is not PostgreSQL', () => {
  it.each([
    ['MySQL', mysqlGreeting],
    ['SSH', 'SSH-2.0-OpenSSH_9.2p1\r\n'],
    ['Redis', '-ERR unknown command\r\n'],
    ['TLS from the first byte', Buffer.from([21, 3, 1, 0, 2, 2, 70])],
    ['no protocol that is known here', 'hello\r\n'],
  ])('is named: %s', async (name, greeting) => {
    const { port } = await startStranger((socket) => void socket.write(greeting))
    const { failed } = await examine(addressOf({ port }))
    expect(failed).toMatchObject([
      {
        step: 'server',
        says: expect.stringContaining(name),
        remedy: expect.stringContaining('host and the port'),
      },
    ])
    expect(failed[0]).not.toHaveProperty('away')
    await expectHealthy(server.address())
  })

  it.each([
    ['answers what it does not understand', undefined],
    ['waits for the end of a line', /\r\n\r\n/],
  ])('is named: HTTP, by a server that %s', async (_, wait) => {
    const { port } = wait ? await startPatientHttp(wait) : await startHttp()
    const { failed } = await examine(addressOf({ port }))
    expect(failed).toMatchObject([
      { step: 'server', says: expect.stringContaining('HTTP'), remedy: expect.any(String) },
    ])
    await expectHealthy(server.address())
  })

  it('is told no more than the question for TLS', async () => {
    const { port, received } = await startStranger((socket) => void socket.write(mysqlGreeting))
    await examine(addressOf({ port }))
    expect(received()).toEqual(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]))
  })
})

describe('what a server says', () => {
  it('may be anything at all', async () => {
    const random = createRandom(7)
    for (let trial = 0; trial < trials(16); trial++) {
      const length = 1 + Math.floor(random() * 40)
      const bytes = Array.from({ length }, () => Math.floor(random() * 256))
      // Every third is a message of the protocol by its form.
      const type = 'RESKZN'.charCodeAt(Math.floor(random() * 6))
      const noise = Buffer.from(trial % 3 === 0 ? [type, 0, 0, 0, length + 4, ...bytes] : bytes)
      const { port } = await startStranger((socket) => {
        // First as a greeting, then as the answer to a login, both with an end and without.
        socket.on('data', (bytes) => {
          if (trial % 2 === 0) return void socket.write(noise)
          if (bytes.length === 8) return void socket.write('N')
          return trial % 4 === 1 ? socket.end(noise) : void socket.write(noise)
        })
      })
      const { failed } = await examine(addressOf({ port }), {}, { withinMs: 1_000 })
      expect(failed).toHaveLength(1)
      expect(failed[0]!.remedy).toBeTruthy()
    }
  }, 600_000)

  it('is told without the password, should it hold it', async () => {
    const text = 'SFATAL\0C28000\0Mlogin with canary@Pa:ss/w?o#r%d refused\0\0'
    const { port } = await startStranger((socket) => {
      socket.on('data', (bytes) => {
        if (bytes.length === 8) return void socket.write('N')
        const head = Buffer.alloc(5)
        head.write('E')
        head.writeInt32BE(text.length + 4, 1)
        return void socket.write(Buffer.concat([head, Buffer.from(text)]))
      })
    })
    const { failed } = await examine(addressOf({ port }))
    expect(failed).toMatchObject([{ step: 'login', says: expect.stringContaining('***') }])
    expectNoPassword(JSON.stringify(failed))
  })
})

async function startHttp() {
  const http = createServer()
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => new Promise<void>((resolve) => http.close(() => resolve())))
  return { port: (http.address() as AddressInfo).port }
}

function startPatientHttp(wait: RegExp) {
  return startStranger((socket) => {
    socket.on('data', (bytes) => {
      if (wait.test(bytes.toString('latin1'))) socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
    })
  })
}
