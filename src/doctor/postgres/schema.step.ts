import { literal, quoted } from '../../database/names.ts'
import type { Findings } from '../step.ts'
import { sessionOf, type PostgresContext } from './context.ts'

/** Whether the user may do in the schema what the service does there. */
export async function lookAtSchema(context: PostgresContext): Promise<Findings> {
  const { target } = context
  const schema = target.schema ?? 'public'
  const session = sessionOf(context)
  const [row] = await session.ask(
    `select current_user, has_database_privilege(current_database(), 'CREATE'), n.oid is not null,
        has_schema_privilege(n.oid, 'USAGE'), has_schema_privilege(n.oid, 'CREATE')
      from (select 1) one left join pg_catalog.pg_namespace n on n.nspname = ${literal(schema)}`,
  )
  const [user, mayCreateSchema, exists, mayUse, mayCreate] = row ?? []
  const role = quoted(String(user))
  const name = quoted(schema)
  if (exists !== true) return missing({ schema, name, role, creatable: mayCreateSchema === true })
  if (mayUse !== true || mayCreate !== true) {
    const lacking = mayUse === true ? 'CREATE' : 'USAGE and CREATE'
    return {
      ok: false,
      says: `${String(user)} has no right to ${lacking} in the schema ${schema}.`,
      remedy:
        'Let the owner of the schema run the statement, or use a schema of your own (DATABASE_SCHEMA).',
      statement: `grant usage, create on schema ${name} to ${role}`,
    }
  }
  return (
    (await foreignTables(context, schema, role)) ?? {
      ok: true,
      says: `${String(user)} may create and use tables in the schema ${schema}.`,
    }
  )
}

function missing(about: {
  schema: string
  name: string
  role: string
  creatable: boolean
}): Findings {
  const { schema, name, role, creatable } = about
  if (creatable)
    return { ok: true, says: `the schema ${schema} will be created at the first start.` }
  return {
    ok: false,
    says: `the schema ${schema} is not there, and the user may not create it.`,
    remedy: 'Let an owner of the database run the statement.',
    statement: `create schema ${name} authorization ${role}`,
  }
}

/** Tables of the service that belong to somebody else, and cannot be read, written or migrated. */
async function foreignTables(
  context: PostgresContext,
  schema: string,
  role: string,
): Promise<Findings | undefined> {
  const rows = await sessionOf(context).ask(
    `select c.relname, pg_catalog.pg_get_userbyid(c.relowner)
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = ${literal(schema)} and c.relkind in ('r', 'p') and not pg_has_role(c.relowner, 'USAGE')
        and exists (select 1 from pg_catalog.pg_class l where l.relnamespace = n.oid and l.relname = 'holdfast_migrations')
      order by c.relname limit 100`,
  )
  const [first] = rows
  if (!first) return undefined
  const [table, owner] = first.map(String)
  return {
    ok: false,
    says: `the table ${table} in the schema ${schema} belongs to ${owner}, not to the user of the address.`,
    remedy:
      'Use the role that made the tables, or let it give the user its rights with the statement.',
    statement: `grant ${quoted(owner ?? '')} to ${role}`,
  }
}
