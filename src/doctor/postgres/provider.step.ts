import { noticesFor } from '../../platform/providers.ts'
import type { Findings } from '../step.ts'
import type { PostgresContext } from './context.ts'

/** What is known of the provider's databases: when they end, pause or sleep, and how large they may be. */
export function recallProvider(context: PostgresContext): Promise<Findings> {
  const { target, firstMigrationAt, sizeBytes } = context
  const notices = noticesFor(target.provider, { firstMigrationAt, sizeBytes })
  if (notices.length === 0) {
    return Promise.resolve({ ok: true, says: 'nothing is known of a provider of this host.' })
  }
  const warnings = notices.filter(({ level }) => level === 'warn').map(({ says }) => says)
  return Promise.resolve({
    ok: true,
    says: notices.map(({ says }) => says).join(' '),
    ...(warnings.length > 0 && { remedy: `Soon: ${warnings.join(' ')}` }),
  })
}
