import { TargetError } from '../error.ts'

/** The names that a schema of the service may have: they need no quotes, and are none of PostgreSQL's own. */
export const schemaPattern = '^(?!pg_|information_schema$)[a-z_][a-z0-9_]{0,62}$'

const schemaName = new RegExp(schemaPattern)

/**
 * Reads a search path, of which the first name counts; `public` and `$user` mean nothing special.
 * Raises `TargetError`, for tables in another schema would be other tables.
 */
export function readSchemaName(
  path: string,
  parameter: string,
): { schema?: string; warning?: string } {
  const names = path
    .split(',')
    .map((name) => name.trim().replaceAll(/^"|"$/g, ''))
    .filter((name) => name !== '' && name !== '$user')
  const [schema, ...others] = names
  if (schema === undefined || schema === 'public') return {}
  if (!schemaName.test(schema)) {
    throw new TargetError(
      `The parameter ${parameter} should be the name of a schema: up to 63 of the characters a-z, 0-9 and _, not beginning with pg_.`,
    )
  }
  if (others.every((name) => name === 'public')) return { schema }
  return {
    schema,
    warning: `The parameter ${parameter} names several schemas. The tables are in the first.`,
  }
}
