import { existsSync } from 'node:fs'
import { pino } from 'pino'
import { readConfig, type Config } from '../config/config.ts'
import { DatabaseError, StartError } from '../database/database.errors.ts'
import type { Database, DatabaseLog } from '../database/database.ts'
import { openDatabase } from '../database/index.ts'
import type { Target } from '../database/target/target.ts'
import { startStorage, type Proof } from '../start.ts'
import { createStorage, type Storage } from '../storage.ts'

export interface Command {
  /** One line for the list of commands. */
  summary: string
  /** What `--help` prints. */
  usage: string
  /** Raises `UsageError` and whatever goes wrong; the exit code comes from the error. */
  run: (args: string[]) => Promise<void>
}

export interface Opened {
  config: Config
  database: Database
  storage: Storage
  proof: Proof
  log: DatabaseLog
}

const patienceMs = 30_000

/**
 * Runs a command's work on the configured database, its schema brought up to date, and closes it. A SQLite file that
 * is not there is created, unless it `mustExist`: then `StartError` 65 is raised.
 */
export async function withStorage<Result>(
  work: (opened: Opened) => Promise<Result>,
  { mustExist = false } = {},
): Promise<Result> {
  return withDatabase(async ({ config, database, log }) => {
    if (mustExist) assertExists(config.target)
    const storage = createStorage(database)
    const signal = AbortSignal.timeout(patienceMs)
    const proof = await startStorage({
      config: { ...config, admin: undefined },
      database,
      storage,
      log,
      signal,
    }).catch((error: unknown) => {
      if (!signal.aborted) throw error
      throw new DatabaseError('unavailable', 'the database did not answer within 30 seconds')
    })
    return work({ config, database, storage, proof, log })
  })
}

function assertExists(target: Target): void {
  if (target.kind !== 'sqlite' || existsSync(target.file)) return
  throw new StartError(65, `there is no database file ${target.file}: see SQLITE_PATH`)
}

/** Runs a command's work on the configured database as it is, and closes it. The log goes to standard error. */
export async function withDatabase<Result>(
  work: (opened: Pick<Opened, 'config' | 'database' | 'log'>) => Promise<Result>,
): Promise<Result> {
  const config = readConfig()
  const log = pino(
    { level: config.logLevel === 'info' ? 'warn' : config.logLevel },
    pino.destination(2),
  )
  for (const { variable, sentence } of config.settingWarnings) log.warn(`${variable} ${sentence}`)
  for (const warning of config.targetWarnings) log.warn({ warning }, 'DATABASE_URL')
  const database = openDatabase(config.target, { ...config.database, log })
  try {
    return await work({ config, database, log })
  } finally {
    await database.close()
  }
}
