import type { Config } from './config/config.ts'
import type { Database, DatabaseLog } from './database/database.ts'
import { migrate } from './database/migrations/migrate.ts'
import { readMigrations } from './database/migrations/manifest.ts'
import { createFirstAdmin } from './modules/users/first-admin.ts'
import { whenAvailable } from './readiness.ts'
import type { Storage } from './storage.ts'

/** What is known of the database once it is proven. */
export interface Proof {
  instanceId: string
  migrations: { applied: number; pending: number; head: string }
}

/**
 * Opens the database, brings its schema up to date and makes the first administrator, waiting for a database that is
 * away for as long as it takes. Raises `StartError` when waiting will not help.
 */
export async function startStorage(parts: {
  config: Config
  database: Database
  storage: Storage
  log: DatabaseLog
  signal: AbortSignal
}): Promise<Proof> {
  const { config, database, storage, log, signal } = parts
  const migrations = readMigrations(database.engine)
  return whenAvailable(
    async () => {
      await database.open()
      const { head, applied } = await migrate(database, migrations, { log })
      if (applied.length > 0) log.info({ applied }, 'migrations applied')
      if (config.admin && (await createFirstAdmin(storage, config.admin))) {
        log.info({ username: config.admin.username }, 'first administrator created')
      }
      return {
        instanceId: (await storage.settings.get('instance_id')) ?? '',
        migrations: { applied: migrations.length, pending: 0, head: head ?? '' },
      }
    },
    { log, signal },
  )
}
