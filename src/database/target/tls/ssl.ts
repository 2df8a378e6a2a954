import { isIPv4, isIPv6 } from 'node:net'
import { providerOf } from '../provider.ts'
import type { SslMode } from '../target.ts'

const strictness: readonly SslMode[] = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full']

/** Gives the stricter of two; either may be missing. */
export function stricterSsl(one: SslMode | undefined, other: SslMode): SslMode {
  return one && strictness.indexOf(one) > strictness.indexOf(other) ? one : other
}

const spellings: Record<string, SslMode> = {
  disable: 'disable',
  allow: 'prefer',
  prefer: 'prefer',
  require: 'require',
  'no-verify': 'require',
  'verify-ca': 'verify-ca',
  verifyca: 'verify-ca',
  'verify-full': 'verify-full',
  verifyfull: 'verify-full',
  true: 'require',
  on: 'require',
  yes: 'require',
  1: 'require',
  false: 'disable',
  off: 'disable',
  no: 'disable',
  0: 'disable',
}

/** Reads the value of `sslmode` or `ssl`; undefined when it is none that is known. */
export function readSsl(value: string): SslMode | undefined {
  const key = value.trim().toLowerCase()
  return Object.hasOwn(spellings, key) ? spellings[key] : undefined
}

/** What speaks for one encryption or another. */
export interface SslWishes {
  host: string
  /** Of the address. */
  asked: SslMode | undefined
  directTls: boolean
  /** Whether the address names who may sign. */
  hasCa: boolean
  /** What the configuration says beside the address. */
  given: { ssl?: SslMode; ca?: string }
}

/**
 * Decides the encryption. The configuration goes before the address. A certificate of an authority is there to be
 * used: with it, `require` verifies who signed, as libpq has it, and what was not chosen at all verifies everything.
 */
export function decideSsl({ host, asked, directTls, hasCa, given }: SslWishes): SslMode {
  if (given.ssl === 'require' && given.ca !== undefined) return 'verify-ca'
  if (given.ssl) return given.ssl
  if (asked === 'disable') return directTls ? 'require' : 'disable'
  if (given.ca !== undefined) return 'verify-full'
  if (hasCa && asked === undefined) return 'verify-full'
  if (hasCa && asked === 'require') return 'verify-ca'
  const ssl = asked ?? defaultSsl(host)
  return directTls ? stricterSsl('require', ssl) : ssl
}

const privateSuffixes = ['.localhost', '.internal', '.flycast']

/** Gives the encryption for a host when nothing is said: off inside one machine or private network, required in known clouds. */
export function defaultSsl(host: string): SslMode {
  const name = host.toLowerCase().replace(/\.$/, '')
  if (isIPv6(name)) return name === '::1' ? 'disable' : 'prefer'
  if (isIPv4(name)) return name.startsWith('127.') || name === '0.0.0.0' ? 'disable' : 'prefer'
  if (!name.includes('.')) return 'disable'
  if (privateSuffixes.some((suffix) => name.endsWith(suffix))) return 'disable'
  return providerOf(name) === undefined ? 'prefer' : 'require'
}
