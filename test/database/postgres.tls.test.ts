import { connect, type Socket } from 'node:net'
import { getCACertificates, setDefaultCACertificates, TLSSocket } from 'node:tls'
import { sql } from 'drizzle-orm'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createPostgres } from '../support/databases.ts'
import { certificate as signed } from '../doctor/certificates.ts'
import { failureOf, openTest, targetOf } from './postgres.fixture.ts'
import { listen } from './postgres.proxy.ts'

const certificate = signed('localhost')
let url: string

beforeAll(async () => {
  url = (await createPostgres()).url
})

/** Offers TLS in front of the server of the run; counts what went on in plain text. */
async function startTls(answer: Buffer | string = 'S') {
  let plain = 0
  const server = await listen((client) => {
    client.once('data', (request) => {
      if (request.length !== 8) plain++
      client.write(answer)
      if (answer === 'S') encrypt(client)
    })
  })
  return { port: server.port, plain: () => plain }
}

function encrypt(client: Socket) {
  const secure = new TLSSocket(client, {
    isServer: true,
    cert: certificate.cert,
    key: certificate.key,
  })
  const behind = connect(targetOf(url).port, '127.0.0.1')
  secure.on('error', () => behind.destroy()).on('close', () => behind.destroy())
  behind.on('error', () => secure.destroy()).on('close', () => secure.destroy())
  secure.pipe(behind).pipe(secure)
}

function trustCertificate() {
  const before = getCACertificates('default')
  setDefaultCACertificates([...before, certificate.cert])
  onTestFinished(() => setDefaultCACertificates(before))
}

describe('a database that is reached through TLS', () => {
  it.each(['prefer', 'require'] as const)('is encrypted with ssl %s, unverified', async (ssl) => {
    const { port, plain } = await startTls()
    const database = openTest(url, { queryTimeoutMs: 200, poolMax: 1 }, { port, ssl })
    await database.open()
    expect(await database.describe()).toMatchObject({ tls: 'encrypted' })
    // Cancelling goes the same way.
    const slow = failureOf(database.db.execute(sql`select pg_sleep(30)`))
    expect(await slow).toMatchObject({ kind: 'timeout' })
    expect(await database.db.execute(sql`select 1`)).toEqual([[1]])
    expect(plain()).toBe(0)
  })

  it('is refused with verify-full when nobody vouches for it', async () => {
    const { port, plain } = await startTls()
    const database = openTest(url, {}, { port, host: 'localhost', ssl: 'verify-full' })
    expect(await failureOf(database.open())).toMatchObject({
      kind: 'unavailable',
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    })
    expect(plain()).toBe(0)
  })

  it('is refused with verify-full under another name, and taken under its own', async () => {
    trustCertificate()
    const { port } = await startTls()
    const other = openTest(url, {}, { port, host: '127.0.0.1', ssl: 'verify-full' })
    expect(await failureOf(other.open())).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
    const own = openTest(url, {}, { port, host: 'localhost', ssl: 'verify-full' })
    await own.open()
    expect(await own.describe()).toMatchObject({ tls: 'verified' })
  })

  it('is refused when somebody in between says more than the server may', async () => {
    const { port } = await startTls(Buffer.from('SN'))
    const database = openTest(url, {}, { port, ssl: 'require' })
    expect(await failureOf(database.open())).toMatchObject({ code: 'TLS_INJECTION' })
  })

  it.each(['require', 'verify-full'] as const)(
    'is refused with ssl %s when it offers none, before anything was said',
    async (ssl) => {
      const { port, plain } = await startTls('N')
      const database = openTest(url, {}, { port, ssl })
      expect(await failureOf(database.open())).toMatchObject({ code: 'TLS_REFUSED' })
      expect(plain()).toBe(0)
    },
  )
})
