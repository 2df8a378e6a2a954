import { isIPv4, isIPv6 } from 'node:net'
import type { SslMode } from './target.ts'

export type Ssl = SslMode

const strictness: readonly Ssl[] = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full']

/** Gives the stricter of two; either may be missing. */
export function stricterSsl(one: Ssl | undefined, other: Ssl): Ssl {
  return one && strictness.indexOf(one) > strictness.indexOf(other) ? one : other
}

// `require` means encrypted and unverified, as libpq has it; `verify-ca` is raised to what the driver can do.
const spellings: Record<string, Ssl> = {
  disable: 'disable',
  allow: 'prefer',
  prefer: 'prefer',
  require: 'require',
  'no-verify': 'require',
  'verify-ca': 'verify-full',
  'verify-full': 'verify-full',
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
export function readSsl(value: string): Ssl | undefined {
  const key = value.trim().toLowerCase()
  return Object.hasOwn(spellings, key) ? spellings[key] : undefined
}

const privateSuffixes = ['.localhost', '.internal', '.flycast']
const cloudSuffixes = [
  '.supabase.co',
  '.supabase.com',
  '.neon.tech',
  '.render.com',
  '.rlwy.net',
  '.railway.app',
  '.koyeb.app',
  '.amazonaws.com',
  '.azure.com',
  '.aivencloud.com',
  '.ondigitalocean.com',
  '.psdb.cloud',
  '.tsdb.cloud.timescale.com',
  '.cockroachlabs.cloud',
  '.db.elephantsql.com',
  '.xata.sh',
  '.prisma.io',
  '.fly.dev',
]

/** Gives the encryption for a host when the address says nothing: off inside one machine or private network, required in known clouds. */
export function defaultSsl(host: string): Ssl {
  const name = host.toLowerCase().replace(/\.$/, '')
  if (isIPv6(name)) return name === '::1' ? 'disable' : 'prefer'
  if (isIPv4(name)) return name.startsWith('127.') || name === '0.0.0.0' ? 'disable' : 'prefer'
  if (!name.includes('.')) return 'disable'
  if (privateSuffixes.some((suffix) => name.endsWith(suffix))) return 'disable'
  return cloudSuffixes.some((suffix) => name.endsWith(suffix)) ? 'require' : 'prefer'
}
