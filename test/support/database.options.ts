import type { DatabaseOptions } from '../../src/database/database.ts'

export const quiet = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}

export const databaseOptions: DatabaseOptions = {
  poolMax: 5,
  poolMode: 'auto',
  idleTimeoutMs: 30_000,
  maxLifetimeMs: 1_800_000,
  connectTimeoutMs: 5_000,
  queryTimeoutMs: 5_000,
  slowQueryMs: 0,
  log: quiet,
}
