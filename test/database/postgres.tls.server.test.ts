import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PostgresTarget } from '../../src/database/target/target.ts'
import { certificate } from '../doctor/certificates.ts'
import { password, startServer, user } from '../doctor/server.fixture.ts'
import { failureOf, openTest, quiet } from './postgres.fixture.ts'
import { listen } from './postgres.proxy.ts'

const authority = certificate('Test Root', { authority: true })
const stranger = certificate('Another Root', { authority: true })
const good = certificate('localhost', { by: authority })
const elsewhere = certificate('db.example.org', { by: authority, hosts: ['db.example.org'] })
const expired = certificate('localhost', { by: authority, until: '250101' })
const unsigned = certificate('localhost')

const ca = authority.cert
const unknownRoot = stranger.cert

let server: Awaited<ReturnType<typeof startServer>>
let sockets: string

beforeAll(async () => {
  sockets = mkdtempSync(join(tmpdir(), 'hf-'))
  chmodSync(sockets, 0o777)
  server = await startServer([
    '-c',
    `unix_socket_directories=${sockets}`,
    '-c',
    'listen_addresses=127.0.0.1,::1',
  ])
})
afterAll(() => rmSync(sockets, { recursive: true, force: true }))

type Wishes = Partial<PostgresTarget>

function open(wishes: Wishes, warned: string[] = []) {
  const log = { ...quiet, warn: (_: object, message: string) => void warned.push(message) }
  const target = { database: 'shop', user, password, port: server.port, host: 'localhost' }
  const url = `postgres://${user}:-@localhost:${server.port}/shop`
  return openTest(url, { log, poolMax: 2, queryTimeoutMs: 1_000 }, { ...target, ...wishes })
}

/** What the connection got; or what it was refused with. */
async function outcomeOf(wishes: Wishes): Promise<unknown> {
  const database = open(wishes)
  const error = (await failureOf(database.open())) as { code?: string } | undefined
  if (error) return error.code
  const { tls } = await database.describe()
  expect(database.pool().tls).toBe(tls)
  // The server's own word for it.
  const [row] = (await database.db.execute(
    sql`select ssl from pg_stat_ssl where pid = pg_backend_pid()`,
  )) as unknown[]
  expect(row).toEqual([tls !== 'plain'])
  return tls
}

const unverifiable = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'

describe.each([
  {
    what: 'whose certificate its own authority signed',
    shows: good,
    rows: [
      [{ ssl: 'disable' }, 'plain'],
      [{ ssl: 'prefer' }, 'encrypted'],
      [{ ssl: 'require' }, 'encrypted'],
      [{ ssl: 'require', ca }, 'verified'],
      [{ ssl: 'verify-ca', ca }, 'verified'],
      [{ ssl: 'verify-full', ca }, 'verified'],
      [{ ssl: 'verify-full' }, unverifiable],
      [{ ssl: 'verify-ca' }, unverifiable],
      [{ ssl: 'verify-full', ca: unknownRoot }, unverifiable],
      [{ ssl: 'require', ca: unknownRoot }, unverifiable],
      [{ ssl: 'prefer', ca: unknownRoot }, unverifiable],
      [{ ssl: 'verify-full', ca, host: '127.0.0.1' }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
      [{ ssl: 'verify-ca', ca, host: '127.0.0.1' }, 'verified'],
      [{ ssl: 'verify-full', ca, host: '127.0.0.1', servername: 'localhost' }, 'verified'],
      [{ ssl: 'verify-full', ca, directTls: true }, 'verified'],
      [{ ssl: 'require', directTls: true }, 'encrypted'],
    ],
  },
  {
    what: 'whose certificate is for another host',
    shows: elsewhere,
    rows: [
      [{ ssl: 'verify-full', ca }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
      [{ ssl: 'verify-ca', ca }, 'verified'],
      [{ ssl: 'verify-full', ca, servername: 'db.example.org' }, 'verified'],
      [{ ssl: 'require' }, 'encrypted'],
    ],
  },
  {
    what: 'whose certificate has expired',
    shows: expired,
    rows: [
      [{ ssl: 'verify-full', ca }, 'CERT_HAS_EXPIRED'],
      [{ ssl: 'verify-ca', ca }, 'CERT_HAS_EXPIRED'],
      [{ ssl: 'require' }, 'encrypted'],
      [{ ssl: 'prefer' }, 'encrypted'],
    ],
  },
  {
    what: 'that signed its certificate itself',
    shows: unsigned,
    rows: [
      [{ ssl: 'verify-full' }, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
      [{ ssl: 'verify-full', ca }, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
      [{ ssl: 'verify-full', ca: unsigned.cert }, 'verified'],
      [{ ssl: 'require' }, 'encrypted'],
    ],
  },
  {
    what: 'that offers no TLS',
    shows: undefined,
    rows: [
      [{ ssl: 'disable' }, 'plain'],
      [{ ssl: 'prefer' }, 'plain'],
      [{ ssl: 'prefer', ca }, 'TLS_REFUSED'],
      [{ ssl: 'require' }, 'TLS_REFUSED'],
      [{ ssl: 'verify-ca', ca }, 'TLS_REFUSED'],
      [{ ssl: 'verify-full', ca }, 'TLS_REFUSED'],
      [{ ssl: 'require', directTls: true }, 'TLS_NOT_DIRECT'],
    ],
  },
] as { what: string; shows: typeof good | undefined; rows: [Wishes, string][] }[])(
  'a server $what',
  ({ shows, rows }) => {
    beforeAll(() => server.tls(shows))

    const named = rows.map(([wishes, outcome]) => {
      const trusts = wishes.ca && { ca: wishes.ca === ca ? 'own' : 'another' }
      return { says: JSON.stringify({ ...wishes, ...trusts }), wishes, outcome }
    })
    it.each(named)('gives $outcome to $says', async ({ wishes, outcome }) => {
      expect(await outcomeOf(wishes)).toBe(outcome)
    })
  },
)

describe('what goes over the wire', () => {
  /** Everything that a client says to the server, on the way. */
  async function startTap(answer?: (bytes: Buffer) => Buffer | undefined) {
    let said = ''
    const { port, accepted } = await listen((client) => {
      const behind = connect(server.port, '127.0.0.1')
      behind.on('error', () => client.destroy()).on('close', () => client.destroy())
      client.on('close', () => behind.destroy())
      client.on('data', (bytes: Buffer) => {
        said += bytes.toString('latin1')
        const own = answer?.(bytes)
        if (own) client.write(own)
        else behind.write(bytes)
      })
      behind.on('data', (bytes) => client.write(bytes))
    })
    return { port, accepted, said: () => said }
  }

  it.each(['require', 'verify-ca', 'verify-full'] as const)(
    'with %s is no user name, whether TLS is agreed on, refused or not believed',
    async (ssl) => {
      for (const shows of [good, expired, undefined]) {
        await server.tls(shows)
        const tap = await startTap()
        await failureOf(open({ ssl, ca, port: tap.port }).open())
        expect(tap.said().length).toBeGreaterThanOrEqual(8)
        expect(tap.said()).not.toContain(user)
      }
    },
  )

  it('with prefer, and no TLS at the server, is the user name: the control', async () => {
    await server.tls(undefined)
    const tap = await startTap()
    const warned: string[] = []
    const database = open({ ssl: 'prefer', port: tap.port }, warned)
    await database.open()
    await Promise.all([1, 2].map(() => database.db.execute(sql`select pg_sleep(0.05)`)))
    expect(tap.said()).toContain(user)
    expect(warned).toEqual([expect.stringContaining('not encrypted')])
  })

  it('is plain with prefer alone where the two have no TLS in common, and said so', async () => {
    const noTls = (bytes: Buffer) => {
      if (bytes.length === 8) return Buffer.from('S')
      return bytes[0] === 22 ? Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n') : undefined
    }
    const tap = await startTap(noTls)
    const warned: string[] = []
    await open({ ssl: 'prefer', port: tap.port }, warned).open()
    expect(warned).toHaveLength(1)
    const strict = await startTap(noTls)
    const error = await failureOf(open({ ssl: 'require', port: strict.port }).open())
    expect(error).toMatchObject({ message: expect.stringContaining('TLS could not be agreed on') })
    expect(strict.said()).not.toContain(user)
  })

  it('is refused with prefer where the connection breaks within the handshake', async () => {
    const { port, accepted } = await listen((client) => {
      client.once('data', () => {
        client.write('S')
        client.once('data', () => client.destroy())
      })
    })
    const error = await failureOf(open({ ssl: 'prefer', port }).open())
    expect(error).toMatchObject({ kind: 'unavailable' })
    expect(accepted()).toBe(1)
  })
})

describe('a server that asks for certificates of its clients', () => {
  const own = certificate(user, { by: authority })
  const forged = certificate(user, { by: stranger })

  beforeAll(async () => {
    writeFileSync(join(server.folder, 'root.crt'), authority.cert, { mode: 0o644 })
    await server.owner.unsafe(`alter system set ssl_ca_file = 'root.crt'`)
    await server.tls(good)
    await server.letIn(`hostssl all ${user} all cert`)
  })
  afterAll(async () => {
    await server.owner.unsafe(`alter system reset ssl_ca_file`)
    await server.letIn(`host all ${user} all scram-sha-256`)
  })

  it('lets in one whose authority it knows, without a password', async () => {
    const { cert, key } = own
    const wishes = { ssl: 'verify-full', ca, cert, key, password: undefined } as const
    expect(await outcomeOf(wishes)).toBe('verified')
  })

  it.each([
    ['without one', {}],
    ['with one that another authority signed', { cert: forged.cert, key: forged.key }],
  ])('refuses one %s, and the remedy is told', async (_, wishes) => {
    const error = await failureOf(open({ ssl: 'verify-full', ca, ...wishes }).open())
    expect(error).toMatchObject({ message: expect.stringContaining('sslcert') })
  })

  it('is not even asked with a key that cannot be read, or that is of another certificate', async () => {
    for (const key of ['-----BEGIN PRIVATE KEY-----\nno\n-----END PRIVATE KEY-----', forged.key]) {
      const opened = open({ ssl: 'verify-full', ca, cert: own.cert, key }).open()
      const error = await opened.catch((error: unknown) => error)
      expect(error).toMatchObject({ exitCode: 78, message: expect.stringContaining('sslkey') })
      expect((error as Error).message).not.toContain('BEGIN')
    }
  })
})

describe('ways to a server', () => {
  beforeAll(async () => {
    await server.tls(good)
    await server.letIn(
      `local all ${user} scram-sha-256`,
      `host all ${user} 127.0.0.1/32 scram-sha-256`,
      `host all ${user} ::1/128 scram-sha-256`,
    )
  })

  it.each([
    ['IPv4', () => ({ host: '127.0.0.1', ssl: 'disable' }) as const],
    ['IPv6', () => ({ host: '::1', ssl: 'disable' }) as const],
    ['IPv6 with TLS', () => ({ host: '::1', ssl: 'verify-ca', ca }) as const],
    ['a socket, by its folder', () => ({ host: sockets, ssl: 'disable' }) as const],
    [
      'a socket, by its file',
      () => ({ path: join(sockets, `.s.PGSQL.${server.port}`), ssl: 'disable' }) as const,
    ],
  ])('that knows SCRAM alone, over %s', async (_, wishes) => {
    const database = open(wishes())
    await database.open()
    expect(await database.db.execute(sql`select current_user::text`)).toEqual([[user]])
    // Cancelling goes the same way.
    const slow = await failureOf(database.db.execute(sql`select pg_sleep(30)`))
    expect(slow).toMatchObject({ kind: 'timeout' })
    expect(await database.db.execute(sql`select 1`)).toEqual([[1]])
    const refused = await failureOf(open({ ...wishes(), password: 'wrong' }).open())
    expect(refused).toMatchObject({ code: '28P01', kind: 'unavailable' })
  })

  it('that lets in through TLS alone says so to one who asks for none', async () => {
    await server.letIn(`hostssl all ${user} all scram-sha-256`)
    const error = await failureOf(open({ ssl: 'disable' }).open())
    expect(error).toMatchObject({
      code: '28000',
      message: expect.stringContaining('DATABASE_SSL=require'),
    })
    expect(await outcomeOf({ ssl: 'prefer' })).toBe('encrypted')
  })
})
