import { describe, expect, it } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { ConfigError, readConfig } from '../../src/config/config.ts'
import { password, startApp } from '../support/service.ts'
import { createTrust } from '../../src/platform/proxies.ts'

const proxiesOf = (text: string) => readConfig({ TRUST_PROXY: text }, '/', []).trustProxy

/** The address that the log has of a request that comes from a peer with these words of others. */
async function ipLogged(trusted: string, peer: string, forwarded: string): Promise<unknown> {
  const lines: string[] = []
  const config = readConfig({ TRUST_PROXY: trusted, DATABASE_URL: 'sqlite::memory:' }, '/', [])
  const app = await buildApp(config, {
    level: 'info',
    stream: { write: (line) => lines.push(line) },
  })
  await app.inject({
    url: '/openapi.json',
    remoteAddress: peer,
    headers: { 'x-forwarded-for': forwarded },
  })
  await app.close()
  return lines.map((line) => JSON.parse(line)).find(({ msg }) => msg === 'answered').ip
}

describe('TRUST_PROXY', () => {
  it('is a list of addresses and networks', () => {
    expect(proxiesOf('127.0.0.1, ::1 10.0.0.0/8,fd00::/8')).toEqual([
      '127.0.0.1',
      '::1',
      '10.0.0.0/8',
      'fd00::/8',
    ])
    expect(proxiesOf('')).toEqual([])
  })

  it.each(['render', 'KOYEB'])('knows the proxies of %s', (preset) => {
    const proxies = proxiesOf(preset)
    expect(proxies).toContain('10.0.0.0/8')
    expect(proxies.length).toBeGreaterThan(15)
    expect(proxiesOf(`${preset},192.0.2.1`)).toEqual([...proxies, '192.0.2.1'])
  })

  it.each([
    '1',
    '2',
    'true',
    'loopback',
    '0.0.0.0/0',
    '::/0',
    '10.0.0.0/33',
    '10.0.0/8',
    '1.2.3.4/',
    'TRUE',
    '-1',
    '1.5',
    '1e3',
    'true,10.0.0.0/8',
    '10.0.0.0/8,1',
    '0.0.0.0/1',
    '::ffff:0:0/0',
    'fe80::%eth0/x',
    '10.0.0.0/8/8',
    'unix:',
    '*',
  ])('is refused as %s, with what it should be (security 3.9)', (text) => {
    expect(() => proxiesOf(text)).toThrow(ConfigError)
    expect(() => proxiesOf(text)).toThrow(/TRUST_PROXY: should be addresses or networks/)
  })
})

describe('a proxy', () => {
  it('is one by its address or network, in whichever form, and however often it is asked', () => {
    const isProxy = createTrust(['192.0.2.1', '10.0.0.0/8', '2001:db8::1', 'fd00::/8', 'fe80::/10'])
    const proxies = [
      '192.0.2.1',
      '10.255.0.1',
      '::ffff:10.1.2.3',
      '::ffff:a01:203',
      '2001:db8::1',
      '2001:DB8:0:0::1',
      'fd12::9',
      'fe80::1%eth0',
    ]
    const others = [
      '192.0.2.2',
      '11.0.0.1',
      '::ffff:11.0.0.1',
      '2001:db8::2',
      'fc00::1',
      '::a01:203',
      'unknown',
      '',
      '10.1.2.3:80',
      '010.1.2.3',
      '_hidden',
    ]
    for (let again = 0; again < 2; again++) {
      expect(proxies.filter((address) => !isProxy(address))).toEqual([])
      expect(others.filter((address) => isProxy(address))).toEqual([])
    }
  })

  it('has a memory of them that does not grow', () => {
    const isProxy = createTrust(['10.0.0.0/8'])
    for (let i = 0; i < 10_000; i++) isProxy(`198.51.${i >> 8}.${i & 255}`)
    expect([isProxy('198.51.0.1'), isProxy('10.0.0.1')]).toEqual([false, true])
  })
})

describe('the address of a client', () => {
  const client = '198.51.100.7'

  it('is that of the connection, whatever the request says, where no proxy is trusted (security 3.9)', async () => {
    expect(await ipLogged('', '203.0.113.9', client)).toBe('203.0.113.9')
  })

  it('is what the last untrusted hop was, where a client adds words of its own', async () => {
    const chain = `1.2.3.4, ${client}, 162.158.10.1`
    expect(await ipLogged('render', '10.20.30.40', chain)).toBe(client)
    expect(await ipLogged('render', '::ffff:10.20.30.40', chain)).toBe(client)
    expect(await ipLogged('koyeb', '172.16.3.4', chain)).toBe(client)
    expect(await ipLogged('127.0.0.1', '127.0.0.1', `1.2.3.4, ${client}`)).toBe(client)
  })

  it('is what a proxy says over IPv6, too', async () => {
    expect(await ipLogged('fd00::/8', 'fd00::7', `1.2.3.4, 2001:db8::9`)).toBe('2001:db8::9')
    expect(await ipLogged('fd00::/8', '2001:db8::7', client)).toBe('2001:db8::7')
    expect(await ipLogged('koyeb', 'fd00::7', `1.2.3.4, ${client}, 2400:cb00::5`)).toBe(client)
  })

  it('is the same in the audit log and at a user’s sessions', async () => {
    for (const [trusted, address] of [
      ['', '10.1.2.3'],
      ['10.0.0.0/8', client],
    ] as const) {
      const app = await startApp({ DATABASE_URL: 'sqlite::memory:', TRUST_PROXY: trusted })
      await app.started
      const { statusCode } = await app.inject({
        method: 'POST',
        url: '/api/auth/login',
        remoteAddress: '10.1.2.3',
        headers: { 'x-forwarded-for': `1.2.3.4, ${client}`, forwarded: 'for=1.2.3.4' },
        payload: { username: 'admin', password },
      })
      expect(statusCode).toBe(200)
      const { db, tables } = app.database
      const acts = await db.select().from(tables.audit)
      const sessions = await db.select().from(tables.sessions)
      const created = acts.filter(({ action }) => action === 'session.create')
      expect(created.map((act) => act.address)).toEqual([address])
      expect(sessions.map((session) => session.address)).toEqual([address])
    }
  })

  it('is not what somebody says who is no trusted proxy', async () => {
    expect(await ipLogged('render', '203.0.113.9', client)).toBe('203.0.113.9')
  })
})
