import type { Findings } from '../step.ts'
import { sessionOf, type PostgresContext } from './context.ts'

/** As the service refuses it at its start. */
const oldestVersion = 13

/** Whether the server is new enough. */
export async function askVersion(context: PostgresContext): Promise<Findings> {
  const [row] = await sessionOf(context).ask(
    `select current_setting('server_version_num')::int / 10000, current_setting('server_version')`,
  )
  const [major, version] = row ?? []
  if (Number(major) >= oldestVersion) return { ok: true, says: `PostgreSQL ${String(version)}.` }
  return {
    ok: false,
    says: `PostgreSQL ${String(version)} is too old: ${oldestVersion} or newer is needed.`,
    remedy: 'Create a database on a newer server, and move the data there with export and import.',
  }
}
