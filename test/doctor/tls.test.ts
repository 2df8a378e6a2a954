import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { certificate } from './certificates.ts'
import { examine, expectHealthy, follow } from './doctor.fixture.ts'
import { startServer, user } from './server.fixture.ts'

const authority = certificate('Test Root', { authority: true })
const stranger = certificate('Another Root', { authority: true })
const good = certificate('localhost', { by: authority })
const elsewhere = certificate('db.example.org', { by: authority, hosts: ['db.example.org'] })
const misnamed = certificate('misnamed', { by: authority, hosts: ['nosuch.invalid', 'localhost'] })
const expired = certificate('localhost', { by: authority, until: '250101' })

const trust = { DATABASE_CA_CERT: authority.cert }
const full = { host: 'localhost', query: '?sslmode=verify-full' }

let server: Awaited<ReturnType<typeof startServer>>

beforeAll(async () => {
  server = await startServer()
})

describe('a server with TLS', () => {
  it('is encrypted and verified where its authority is given, as text or as a file', async () => {
    await server.tls(good)
    const file = join(server.folder, 'authority.crt')
    writeFileSync(file, authority.cert)
    for (const cert of [authority.cert, file]) {
      const { step } = await expectHealthy(server.address(full), { DATABASE_CA_CERT: cert })
      expect(step('tls')!.says).toMatch(/encrypted \(TLSv1\.[23]\) and verified/)
      expect(step('tls')!.says).toContain('localhost')
      expect(step('tls')!.says).toContain('2049-12-31')
    }
  })

  it('is encrypted and not verified with sslmode=require, which is said', async () => {
    await server.tls(good)
    const { step } = await expectHealthy(server.address({ query: '?sslmode=require' }))
    expect(step('tls')!.says).toContain('not verified')
    expect(step('login')!.says).toContain('over TLS')
  })

  it('is named when nobody knows who signed its certificate, and passes with the authority', async () => {
    await server.tls(good)
    const { failed } = await examine(server.address(full))
    expect(failed).toMatchObject([
      { step: 'tls', remedy: expect.stringContaining('DATABASE_CA_CERT') },
    ])
    expect(failed[0]!.leftOut).toContain('login')
    await expectHealthy(server.address(full), trust)
    await expectHealthy(follow(failed[0]))
  })

  it('is named when another authority signed it', async () => {
    await server.tls(good)
    const { failed } = await examine(server.address(full), { DATABASE_CA_CERT: stranger.cert })
    expect(failed).toMatchObject([
      { step: 'tls', remedy: expect.stringContaining('did not sign it') },
    ])
    expect(failed[0]!.remedy).toContain('take DATABASE_CA_CERT (or sslrootcert) away')
    await expectHealthy(server.address({ ...full, query: '?sslmode=require' }))
    await expectHealthy(server.address(full), trust)
  })

  it('is named when its certificate has expired, with the day', async () => {
    await server.tls(expired)
    const { failed } = await examine(server.address(full), trust)
    expect(failed).toMatchObject([
      {
        step: 'tls',
        says: expect.stringContaining('2025-01-01'),
        remedy: expect.stringContaining('Renew'),
      },
    ])
    const { failed: unknown } = await examine(server.address(full))
    await expectHealthy(follow(unknown[0]))
    await server.tls(good)
    await expectHealthy(server.address(full), trust)
  })

  it('is named when its certificate is for other hosts, which are named', async () => {
    await server.tls(elsewhere)
    const { failed } = await examine(server.address(full), trust)
    expect(failed).toMatchObject([{ step: 'tls', says: expect.stringContaining('db.example.org') }])
    expect(failed[0]!.corrected).toContain('@db.example.org:')
    expect(failed[0]!.remedy).toContain('verify-ca')
    await expectHealthy(server.address(full), { ...trust, DATABASE_SSL: 'verify-ca' })
    await server.tls(misnamed)
    const numbers = await examine(server.address({ ...full, host: '127.0.0.1' }), trust)
    expect(numbers.failed[0]!.says).toContain('localhost')
    await expectHealthy(server.address(full), trust)
  })

  it('is found out when it lets nobody in without', async () => {
    await server.tls(good)
    await server.letIn(`hostssl all ${user} all scram-sha-256`)
    const { failed } = await examine(server.address({ query: '?sslmode=disable' }))
    expect(failed).toMatchObject([{ step: 'login', says: expect.stringContaining('TLS only') }])
    await expectHealthy(follow(failed[0]))
    await server.letIn(`host all ${user} all scram-sha-256`)
  })
})

describe('a server without TLS', () => {
  it.each(['require', 'verify-full'])(
    'is named with sslmode=%s, and passes where none is asked for',
    async (mode) => {
      await server.tls(undefined)
      const { failed } = await examine(server.address({ query: `?sslmode=${mode}` }))
      expect(failed).toMatchObject([
        { step: 'tls', says: expect.stringContaining('offers no TLS') },
      ])
      expect(failed[0]!.leftOut).toContain('login')
      await expectHealthy(follow(failed[0]))
    },
  )

  it('passes with sslmode=prefer, and is called unencrypted', async () => {
    await server.tls(undefined)
    const { step } = await expectHealthy(server.address({ query: '?sslmode=prefer' }))
    expect(step('tls')!.says).toContain('not encrypted')
    expect(step('login')!.says).toContain('without encryption')
  })
})
