import type { ConfigProblem } from './config.errors.ts'
import type { Environment } from './environment.ts'

/** Names under which platforms and guides keep an address that was meant to be DATABASE_URL. */
export const likelyAddressNames: readonly string[] = [
  'POSTGRES_URL',
  'POSTGRESQL_URL',
  'POSTGRES_URL_NON_POOLING',
  'POSTGRES_PRISMA_URL',
  'DATABASE_PRIVATE_URL',
  'DATABASE_PUBLIC_URL',
  'DATABASE_URL_UNPOOLED',
  'DATABASE_URI',
  'POSTGRES_DSN',
  'NEON_DATABASE_URL',
  'SUPABASE_DB_URL',
]

/** Gives the first of those names that an environment holds an address under. */
export function likelyAddressName(environment: Environment): string | undefined {
  return likelyAddressNames.find((name) => /^[\s"']*postgres/i.test(environment[name] ?? ''))
}

/** Tells, where DATABASE_URL was not set, that another variable seems to be meant as it. */
export function warnOfLikelyName(environment: Environment): ConfigProblem[] {
  const variable = likelyAddressName(environment)
  if (variable === undefined) return []
  const sentence =
    'holds the address of a database and is not read, so the data is in SQLite. Give its value to DATABASE_URL.'
  return [{ variable, sentence }]
}
