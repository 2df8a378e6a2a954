import { BlockList, isIP } from 'node:net'
import { createGenerations } from '../generations.ts'

/** What TRUST_PROXY says cannot be used; the message holds no value. */
export class TrustProxyError extends Error {
  override readonly name = 'TrustProxyError'
}

/** As Cloudflare publishes them; they change about once in several years. */
const cloudflare = `
  103.21.244.0/22 103.22.200.0/22 103.31.4.0/22 104.16.0.0/13 104.24.0.0/14 108.162.192.0/18 131.0.72.0/22
  141.101.64.0/18 162.158.0.0/15 172.64.0.0/13 173.245.48.0/20 188.114.96.0/20 190.93.240.0/20 197.234.240.0/22
  198.41.128.0/17 2400:cb00::/32 2405:8100::/32 2405:b500::/32 2606:4700::/32 2803:f800::/32 2a06:98c0::/29
  2c0f:f248::/32`
  .trim()
  .split(/\s+/)

const privateNetworks = [
  '10.0.0.0/8',
  '100.64.0.0/10',
  '172.16.0.0/12',
  '192.168.0.0/16',
  'fc00::/7',
]

/**
 * The proxies in front of a service on these platforms. Neither publishes a list of its own: one that is missing here
 * makes every client look like that proxy, and lets nobody pass for another.
 */
const presets: Record<string, readonly string[]> = {
  render: [...cloudflare, '10.0.0.0/8'],
  koyeb: [...cloudflare, ...privateNetworks],
}

/**
 * Gives the proxies that may say whom they speak for, as addresses and networks, of a list with commas or blanks.
 * Raises `TrustProxyError`, also for a number of hops or for `true`, by which anybody could say that he is another.
 */
export function parseTrustProxy(text: string): readonly string[] {
  return text
    .split(/[\s,]+/)
    .filter((item) => item !== '')
    .flatMap((item) => {
      const preset = item.toLowerCase()
      if (Object.hasOwn(presets, preset)) return presets[preset] ?? []
      if (!isNetwork(item)) throw new TrustProxyError(expectation)
      return [item]
    })
}

/**
 * Tells of an address whether it is one of these proxies. The verdicts on the last ones are kept: asked anew for each
 * request, twenty networks take as long as a small answer.
 */
export function createTrust(proxies: readonly string[]): (address: string | undefined) => boolean {
  const list = new BlockList()
  for (const proxy of proxies) {
    const [address = '', bits] = proxy.split('/')
    if (bits === undefined) list.addAddress(address, familyOf(address))
    else list.addSubnet(address, Number(bits), familyOf(address))
  }
  const verdicts = createGenerations<boolean>(2000)

  return (address) => {
    // Of a connection that is gone.
    if (address === undefined) return false
    const known = verdicts.get(address)
    if (known !== undefined) return known
    // Without the interface of a link-local address.
    const [bare = ''] = address.split('%', 1)
    if (isIP(bare) === 0) return false
    // IPv4 addresses in IPv6 form are held against the networks of IPv4.
    const trusted = list.check(bare, familyOf(bare))
    verdicts.set(address, trusted)
    return trusted
  }
}

const familyOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4')

const expectation =
  'should be addresses or networks such as 127.0.0.1 or 10.0.0.0/8 with commas between them, or render or koyeb; ' +
  'a number of hops or "true" would let clients choose their address.'

function isNetwork(item: string): boolean {
  const [address = '', bits, ...rest] = item.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  if (bits === undefined) return true
  // Nothing is more than an eighth of all addresses: `0.0.0.0/0` is `true` by another name.
  return /^\d{1,3}$/.test(bits) && Number(bits) >= 3 && Number(bits) <= (family === 4 ? 32 : 128)
}
