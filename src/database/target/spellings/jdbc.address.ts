import { TargetError } from '../error.ts'
import { parsePostgresUrl } from './postgres.address.ts'
import { parseSqliteUrl } from './sqlite.address.ts'
import type { ParsedTarget, TargetOptions } from '../target.ts'

/** Reads `jdbc:postgresql://host:port/database?user=…&password=…`, whose parts but for the names are a URL's. */
export function parseJdbcUrl(text: string, options: TargetOptions): ParsedTarget | undefined {
  if (!/^jdbc:/i.test(text)) return undefined
  const inner = text.slice('jdbc:'.length)
  const parsed = parsePostgresUrl(inner, options) ?? parseSqliteUrl(inner)
  if (parsed) return parsed
  if (/^postgresql:/i.test(inner)) {
    throw new TargetError(
      'The address names no host. Write it as jdbc:postgresql://host:5432/database?user=…&password=….',
    )
  }
  throw new TargetError('Of the addresses that begin with jdbc:, only jdbc:postgresql:// is known.')
}
