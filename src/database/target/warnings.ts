import type { Parameters } from './parameters/parameters.ts'
import { defaultSsl } from './tls/ssl.ts'
import type { PostgresTarget, TargetOptions } from './target.ts'

export interface WarningFacts {
  /** Whether the address names its database. */
  named: boolean
  /** Whether it has two passwords. */
  namesTwice: boolean
  parameters: Parameters
  options: TargetOptions
}

/** Gives what a person should know of how an address was understood; no sentence holds a part of it. */
export function warningsOf(target: PostgresTarget, facts: WarningFacts): string[] {
  const { named, namesTwice, parameters, options } = facts
  const { host, port, user, database, ssl, provider, path } = target
  const pooler = host.toLowerCase().includes('.pooler.')
  const conditions: (readonly [holds: boolean, sentence: string])[] = [
    [
      !named,
      'The address names no database, so the one named like the user is taken. Most servers have one called postgres: end the address in /postgres.',
    ],
    [
      named && /[&=;]/.test(database),
      'The name of the database holds signs as parameters do. Parameters begin with a ? and are parted by &.',
    ],
    [namesTwice, 'The address holds two passwords. The one before the @ is taken.'],
    [
      !parameters.password &&
        options.password !== undefined &&
        target.password === options.password,
      'The address holds no password. The one of PGPASSWORD is taken.',
    ],
    [
      path === undefined && port === 3306,
      'Port 3306 is where MySQL listens. PostgreSQL usually listens on 5432.',
    ],
    [
      provider === 'supabase' && pooler && !user.includes('.'),
      'The user of a Supabase pooler holds the project, as in postgres.abcdefgh. Copy the address from Connect > Session pooler.',
    ],
    [
      ssl === 'disable' && path === undefined && defaultSsl(host) === 'require',
      'The connection is not encrypted, and goes over public networks. Ask for sslmode=require at least.',
    ],
    [
      ssl === 'disable' && path === undefined && options.ca !== undefined,
      'The certificate of DATABASE_CA_CERT is not used, for encryption is off. Ask for sslmode=verify-full.',
    ],
  ]
  return conditions.filter(([holds]) => holds).map(([, sentence]) => sentence)
}
