import { noticesFor } from '../../platform/providers.ts'
import type { Findings } from '../step.ts'
import { sessionOf, type PostgresContext } from './context.ts'

/** What is known of the provider's databases: when they end, pause or sleep, and how large they may be. */
export async function recallProvider(context: PostgresContext): Promise<Findings> {
  const { target, firstMigrationAt } = context
  if (noticesFor(target.provider).length === 0) {
    return { ok: true, says: 'nothing is known of a provider of this host.' }
  }
  const [row] = await sessionOf(context).ask('select pg_database_size(current_database())::float8')
  const sizeBytes = Number(row?.[0])
  const notices = noticesFor(target.provider, { firstMigrationAt, sizeBytes })
  const warnings = notices.filter(({ level }) => level === 'warn').map(({ says }) => says)
  return {
    ok: true,
    says: notices.map(({ says }) => says).join(' '),
    ...(warnings.length > 0 && { remedy: `Soon: ${warnings.join(' ')}` }),
  }
}
