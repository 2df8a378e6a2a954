import { describe, expect, it } from 'vitest'
import { ConfigError, readConfig } from '../../src/config/config.ts'
import { createSqlite } from '../support/databases.ts'
import { startApp } from '../support/service.ts'

const proxiesOf = (text: string) => readConfig({ TRUST_PROXY: text }, '/', []).trustProxy

/** The address that the service sees when a request comes from a peer with these words of others. */
async function ipSeen(trusted: string, peer: string, forwarded: string): Promise<string> {
  const { url } = await createSqlite()
  const app = await startApp({ DATABASE_URL: url, TRUST_PROXY: trusted })
  let seen = ''
  app.addHook('onResponse', (request, _reply, done) => {
    seen = request.ip
    done()
  })
  await app.inject({
    url: '/health/live',
    remoteAddress: peer,
    headers: { 'x-forwarded-for': forwarded },
  })
  return seen
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
  ])('is refused as %s, with what it should be', (text) => {
    expect(() => proxiesOf(text)).toThrow(ConfigError)
    expect(() => proxiesOf(text)).toThrow(/TRUST_PROXY: should be addresses or networks/)
  })
})

describe('the address of a client', () => {
  const client = '198.51.100.7'

  it('is that of the connection, whatever the request says, where no proxy is trusted', async () => {
    expect(await ipSeen('', '203.0.113.9', client)).toBe('203.0.113.9')
  })

  it('is what the last untrusted hop was, where a client adds words of its own', async () => {
    const chain = `1.2.3.4, ${client}, 162.158.10.1`
    expect(await ipSeen('render', '10.20.30.40', chain)).toBe(client)
    expect(await ipSeen('render', '::ffff:10.20.30.40', chain)).toBe(client)
    expect(await ipSeen('koyeb', '172.16.3.4', chain)).toBe(client)
    expect(await ipSeen('127.0.0.1', '127.0.0.1', `1.2.3.4, ${client}`)).toBe(client)
  })

  it('is not what somebody says who is no trusted proxy', async () => {
    expect(await ipSeen('render', '203.0.113.9', client)).toBe('203.0.113.9')
  })
})
