import { isIP } from 'node:net'

/** The providers that are known by the names of their hosts. */
const suffixes = {
  supabase: ['.supabase.co', '.supabase.com'],
  neon: ['.neon.tech', '.neon.build'],
  render: ['.render.com'],
  railway: ['.rlwy.net', '.railway.app', '.railway.internal'],
  koyeb: ['.koyeb.app'],
  fly: ['.flycast', '.fly.dev', '.flympg.net'],
  amazon: ['.amazonaws.com', '.on.aws'],
  azure: ['.database.azure.com', '.cosmos.azure.com'],
  aiven: ['.aivencloud.com'],
  digitalocean: ['.ondigitalocean.com'],
  timescale: ['.tsdb.cloud.timescale.com', '.timescaledb.io'],
  cockroach: ['.cockroachlabs.cloud'],
  planetscale: ['.psdb.cloud'],
  xata: ['.xata.sh', '.xata.tech'],
  prisma: ['.prisma.io'],
  crunchy: ['.postgresbridge.com'],
  elephantsql: ['.db.elephantsql.com'],
} as const

export type Provider = keyof typeof suffixes

/** Gives the provider of a host, as far as its name tells: the internal hosts of Render are `dpg-…-a`, without a dot. */
export function providerOf(host: string): Provider | undefined {
  const name = host.toLowerCase().replace(/\.$/, '')
  if (isIP(name) !== 0) return undefined
  if (/^dpg-[a-z0-9]+-[a-z]$/.test(name)) return 'render'
  return providers.find((provider) => suffixes[provider].some((suffix) => name.endsWith(suffix)))
}

const providers = Object.keys(suffixes) as Provider[]

/** Gives the pooler that a provider runs at this host and port, where the name or the number tells. */
export function poolerHintOf(host: string, port: number): 'session' | 'transaction' | undefined {
  const name = host.toLowerCase().replace(/\.$/, '')
  const provider = providerOf(name)
  if (provider === 'supabase') {
    if (port === 6543) return 'transaction'
    return name.endsWith('.pooler.supabase.com') ? 'session' : undefined
  }
  const pooled = name.split('.')[0]?.endsWith('-pooler') ?? false
  return pooled && (provider === 'neon' || provider === 'koyeb') ? 'transaction' : undefined
}
