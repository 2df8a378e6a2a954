import { readConfig, type Config } from './config.ts'
import type { Environment } from './environment.ts'

/**
 * Reads the configuration as it would be with this address of the database in the environment. Raises `ConfigError`.
 */
export function readConfigFor(address: string, environment: Environment = process.env): Config {
  return readConfig({ ...environment, DATABASE_URL: address, SQL_DSN: '' })
}
