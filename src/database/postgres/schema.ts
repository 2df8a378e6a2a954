import { StartError } from '../database.errors.ts'
import type { Lane, RunOptions } from './lane.ts'
import { literal, quoted } from '../names.ts'

/**
 * Creates the schema, in the transaction that migrates, unless it is there: to ask first is not the same as
 * IF NOT EXISTS, which needs the right to create even where there is nothing to do.
 * Raises `StartError` (78) where that right is missing.
 */
export async function ensureSchema(lane: Lane, schema: string, options: RunOptions): Promise<void> {
  const [answer] = await lane.script(
    `select current_user, current_database(), has_database_privilege(current_database(), 'CREATE'),
      exists (select 1 from pg_catalog.pg_namespace where nspname = ${literal(schema)})`,
    options,
  )
  const [user, database, mayCreate, exists] = answer?.[0] ?? []
  if (exists) return
  if (!mayCreate) throw noSchema(schema, String(user), String(database))
  await lane.script(`create schema ${quoted(schema)}`, options)
}

function noSchema(schema: string, user: string, database: string): StartError {
  const statement = `create schema ${quoted(schema)} authorization ${quoted(user)}`
  return new StartError(
    78,
    `the schema ${quoted(schema)} is not in the database, and the role of DATABASE_URL may not create it: ` +
      `let an owner of the database ${quoted(database)} run: ${statement}`,
  )
}
