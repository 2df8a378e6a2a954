import { describe, expect, it } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { ConfigError, readConfig } from '../../src/config/config.ts'

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
  ])('is refused as %s, with what it should be', (text) => {
    expect(() => proxiesOf(text)).toThrow(ConfigError)
    expect(() => proxiesOf(text)).toThrow(/TRUST_PROXY: should be addresses or networks/)
  })
})

describe('the address of a client', () => {
  const client = '198.51.100.7'

  it('is that of the connection, whatever the request says, where no proxy is trusted', async () => {
    expect(await ipLogged('', '203.0.113.9', client)).toBe('203.0.113.9')
  })

  it('is what the last untrusted hop was, where a client adds words of its own', async () => {
    const chain = `1.2.3.4, ${client}, 162.158.10.1`
    expect(await ipLogged('render', '10.20.30.40', chain)).toBe(client)
    expect(await ipLogged('render', '::ffff:10.20.30.40', chain)).toBe(client)
    expect(await ipLogged('koyeb', '172.16.3.4', chain)).toBe(client)
    expect(await ipLogged('127.0.0.1', '127.0.0.1', `1.2.3.4, ${client}`)).toBe(client)
  })

  it('is not what somebody says who is no trusted proxy', async () => {
    expect(await ipLogged('render', '203.0.113.9', client)).toBe('203.0.113.9')
  })
})
