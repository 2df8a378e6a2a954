import { TargetError } from '../error.ts'
import { toPostgresTarget } from '../postgres.target.ts'
import { queryPairs } from '../parameters/query.ts'
import type { ParsedTarget, TargetOptions } from '../target.ts'

/** Whether text is an address of Go's driver for MySQL, and where its credentials end. */
const protocol = /@(tcp|unix)\(([^()@]*)\)\/([^?@]*)(?:\?([^]*))?$/i
const hostAndPort = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/

/**
 * Reads `user:password@tcp(host:port)/database`, which is the form of MySQL; guides have it for PostgreSQL too, so it
 * is taken where the port tells that it is not meant for MySQL. Nothing in it is encoded. Raises `TargetError`.
 */
export function parseGoDsn(text: string, options: TargetOptions): ParsedTarget | undefined {
  const found = text.includes('://') ? null : protocol.exec(text)
  if (!found) return undefined
  const [, network = '', place = '', database = '', query = ''] = found
  const [, host = '', port = ''] = hostAndPort.exec(place) ?? []
  if (network.toLowerCase() === 'unix' || port === '' || port === '3306') {
    throw new TargetError(
      'This is the address of a MySQL database. For PostgreSQL, write it as postgres://user:password@host:5432/database.',
    )
  }
  const credentials = text.slice(0, found.index)
  const colon = credentials.indexOf(':')
  return toPostgresTarget(
    {
      user: colon === -1 ? credentials : credentials.slice(0, colon),
      password: colon === -1 ? '' : credentials.slice(colon + 1),
      host,
      port,
      database,
      pairs: queryPairs(query).filter(([name]) => !mysqlOnly.has(name.toLowerCase())),
      warnings: [mysqlForm],
    },
    options,
  )
}

const mysqlOnly = new Set(['parsetime', 'loc', 'collation', 'multistatements'])

const mysqlForm =
  'The address is in the form of MySQL, and was read as one of PostgreSQL. Write it as postgres://user:password@host:port/database.'
