import type { Findings } from '../step.ts'
import { sessionOf, type PostgresContext } from './context.ts'

/** Connections: how many there may be, how many there are, and what the service takes. */
export async function countConnections(context: PostgresContext): Promise<Findings> {
  const [row] = await sessionOf(context).ask(
    `select current_setting('max_connections')::int,
        current_setting('superuser_reserved_connections')::int
          + coalesce(current_setting('reserved_connections', true), '0')::int,
        (select sum(numbackends)::int from pg_catalog.pg_stat_database),
        (select rolconnlimit from pg_catalog.pg_roles where rolname = current_user),
        (select datconnlimit from pg_catalog.pg_database where datname = current_database()),
        (select count(*)::int from pg_catalog.pg_stat_activity where usename = current_user),
        (select numbackends from pg_catalog.pg_stat_database where datname = current_database()),
        pg_database_size(current_database())::float8`,
  )
  const [
    max = 0,
    reserved = 0,
    used = 0,
    ofRole = -1,
    ofDatabase = -1,
    byRole = 0,
    inDatabase = 0,
    bytes = 0,
  ] = (row ?? []).map(Number)
  context.sizeBytes = bytes
  // The doctor's own are gone by the time the service comes.
  const rooms = [
    { what: 'of the server', limit: max - reserved, free: max - reserved - used + 1 },
    { what: 'of the role', limit: ofRole, free: ofRole - byRole + 1 },
    { what: 'of the database', limit: ofDatabase, free: ofDatabase - inDatabase + 1 },
  ].filter(({ limit }) => limit >= 0)
  const room = rooms.reduce((least, next) => (next.free < least.free ? next : least))
  return judge(context, { ...room, max, used, size: sizeOf(bytes) })
}

interface Counted {
  what: string
  limit: number
  free: number
  max: number
  used: number
  size: string
}

/** A pool, and one connection beside it for migrations and copies. */
function judge({ database, pooler }: PostgresContext, counted: Counted): Findings {
  const { what, limit, free, max, used, size } = counted
  const pool = database.poolMax
  if (pooler === 'transaction') {
    const says = `max_connections ${max}, used ${used}, which the pooler shares out. The database has ${size}.`
    return { ok: true, says }
  }
  const instances = Math.max(0, Math.floor((free - 1) / pool))
  const says = `max_connections ${max}, used ${used}; free to the service ${Math.max(0, free)} (limit ${what}: ${limit}). A pool of ${pool}: room for ${instances} ${instances === 1 ? 'instance' : 'instances'}. The database has ${size}.`
  if (instances >= 2) return { ok: true, says }
  if (instances === 1) {
    return {
      ok: true,
      says,
      remedy:
        'Two instances run side by side during a deploy: a smaller DATABASE_POOL_MAX leaves room for the second.',
    }
  }
  const fitting = Math.max(1, Math.floor((free - 1) / 2))
  return {
    ok: false,
    says,
    remedy:
      free >= 2
        ? `Set DATABASE_POOL_MAX=${fitting}, or close other programs that use the server.`
        : 'Close other programs that use the server, or raise the limit; a pooler of the provider helps, too.',
  }
}

/** Bytes for a person. */
function sizeOf(bytes: number): string {
  const megabytes = bytes / 1e6
  return megabytes < 1000 ? `${megabytes.toFixed(1)} MB` : `${(megabytes / 1000).toFixed(2)} GB`
}
