import { ConfigError, type Config } from './config/config.ts'
import { databaseErrorIn, StartError } from './database/database.errors.ts'
import type { Database, DatabaseLog } from './database/database.ts'
import { migrate } from './database/migrations/migrate.ts'
import { readMigrations } from './database/migrations/manifest.ts'
import { createFirstAdmin } from './modules/users/first-admin.ts'
import { CommonPasswordError } from './modules/users/passwords.errors.ts'
import type { Findings } from './start.findings.ts'
import { whenAvailable } from './start.wait.ts'
import type { Storage } from './storage.ts'

/** What is known of the database once it is proven. */
export interface Proof {
  instanceId: string
  migrations: { applied: number; pending: number; head: string }
}

export interface Start {
  config: Config
  database: Database
  storage: Storage
  log: DatabaseLog
  signal: AbortSignal
  /** How long a refused login and its like may pass by itself; not at all by default. */
  refusedForMs?: number
  /** Gets told what stands in the way, when something does. */
  findings?: Findings
}

/**
 * Opens the database, brings its schema up to date and makes the first administrator, waiting for a database that is
 * away for as long as it takes. Raises `StartError` when waiting will not help; what was found is in the log then.
 */
export async function startStorage(start: Start): Promise<Proof> {
  const { config, database, storage, log, signal, findings, refusedForMs = 0 } = start
  const migrations = readMigrations(database.engine)
  let opened = false

  async function prove(): Promise<Proof> {
    opened = false
    await database.open()
    opened = true
    const { head, applied } = await migrate(database, migrations, { log })
    if (applied.length > 0) log.info({ applied }, 'migrations applied')
    await makeFirstAdmin()
    return {
      instanceId: (await storage.settings.get('instance_id')) ?? '',
      migrations: { applied: migrations.length, pending: 0, head: head ?? '' },
    }
  }

  async function makeFirstAdmin(): Promise<void> {
    if (!config.admin) return
    const created = await createFirstAdmin(storage, config.admin).catch(explainPassword)
    if (created) log.info({ username: config.admin.username }, 'first administrator created')
  }

  try {
    return await whenAvailable(prove, {
      log,
      signal,
      refusedForMs,
      onTrouble: (error) => void findings?.tell(reasonOf(error)),
    })
  } catch (error) {
    // A migration that cannot be applied says itself what is the matter.
    if (error instanceof StartError && !opened) await findings?.tell(reasonOf(error))
    throw error
  } finally {
    findings?.end()
  }
}

/** Not when the settings are read: where there are users, it is no longer anybody's password. */
function explainPassword(error: unknown): never {
  if (!(error instanceof CommonPasswordError)) throw error
  const sentence =
    'is among the first passwords that are guessed; take several words that do not belong together.'
  throw new ConfigError([{ variable: 'ADMIN_PASSWORD', sentence }])
}

function reasonOf(error: Error): string {
  const found = databaseErrorIn(error)
  return found?.code ?? found?.kind ?? error.name
}
