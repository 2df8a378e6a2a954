import { splitAddress } from './address.ts'
import { TargetError } from '../error.ts'
import { toPostgresTarget } from '../postgres.target.ts'
import { queryPairs } from '../parameters/query.ts'
import type { ParsedTarget, TargetOptions } from '../target.ts'
import { percentDecode } from '../text.ts'

const scheme =
  /^(?:(?<ours>postgres(?:ql)?|pgsql|psql|postgis|timescaledb|ecto)|(?<cockroach>cockroach(?:db)?))(?:\+[\w-]+)?:\/\//i
/** What drivers of Go write around host and port. */
const tcp = /@tcp\(([^()@]*)\)(?=[/?#]|$)/i
const unencoded = /[@:/?#[\]]|%(?![0-9a-f]{2})/i
const holdsPassword = /[?&](?:password|pwd)=/i
const encoded = /%[0-9a-f]{2}/i

/** Reads `postgres://user:password@host:port/database?parameters`, also with a driver of another language in the scheme. */
export function parsePostgresUrl(text: string, options: TargetOptions): ParsedTarget | undefined {
  const found = scheme.exec(text)
  if (!found) return undefined
  const cockroach = found.groups?.['cockroach'] !== undefined
  const address = splitAddress(text.slice(found[0].length).replace(tcp, '@$1'))
  const isBare = unencoded.test(address.password)
  const isMixed = isBare && encoded.test(address.password)
  const password = percentDecode(address.password)
  // As a user, it would be shown.
  if (holdsPassword.test(address.user)) {
    throw new TargetError(
      'The address holds a password in its parameters, with an @ in it. Percent-encode it: @ is %40.',
    )
  }

  const { target, warnings } = toPostgresTarget(
    {
      user: percentDecode(address.user),
      password,
      host: address.host,
      port: address.port,
      database: percentDecode(address.database),
      pairs: queryPairs(address.query),
      defaultPort: cockroach ? 26_257 : 5432,
      warnings: [
        ...(cockroach ? [speaksPostgres] : []),
        ...(isMixed ? [mixed] : isBare ? [bare] : []),
        ...(address.fragment ? [cutOff] : []),
      ],
    },
    options,
  )
  if (target.kind === 'postgres' && isMixed && password !== address.password)
    target.otherPassword = address.password
  return { target, warnings }
}

const speaksPostgres =
  'CockroachDB is spoken to as PostgreSQL. Write postgresql:// in place of cockroachdb://.'
const bare =
  'The password holds characters that should be percent-encoded (@ : / ? # % [ ]). It was read up to the last @ before the host; encode it to be sure.'
const mixed =
  'The password holds characters that should be percent-encoded (@ : / ? # % [ ]), and others that are. Those are decoded; encode all of it to be sure.'
const cutOff = 'What follows the # at the end of the address is ignored.'
