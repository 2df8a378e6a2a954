import type { DatabaseOptions } from '../database/database.ts'
import type { Target } from '../database/target/target.ts'
import { understood } from './address.ts'
import type { Finding } from './finding.ts'
import { lookAtPostgres } from './postgres/steps.ts'
import { machineNetwork, type Network } from './postgres/network.ts'
import type { Surroundings } from '../platform/durability.ts'
import { readMounts } from '../platform/mounts.ts'
import { lookAtSqlite } from './sqlite/steps.ts'

export interface DiagnoseOptions {
  /** What was guessed or dropped when the address was read. */
  warnings?: readonly string[]
  /** As the service would open the database. */
  database: Readonly<Omit<DatabaseOptions, 'log'>>
  /** Where the service runs, as its environment says. */
  platform?: Surroundings['platform']
  /** Milliseconds for everything together. */
  withinMs?: number
  /** How names and routes are found out; the machine's own way by default. */
  network?: Network
}

/**
 * Looks at everything that a database must be for the service, from its address to its migrations, and tells what it
 * found as it finds it: one finding a step, up to the first that nothing works without. Changes nothing, asks no host
 * but the target's, and raises nothing because of the target. Ends within 30 seconds.
 */
export async function* diagnose(target: Target, options: DiagnoseOptions): AsyncGenerator<Finding> {
  const until = performance.now() + (options.withinMs ?? 30_000)
  yield understood(target, options.warnings ?? [])
  const { database, network = machineNetwork, platform } = options
  if (target.kind === 'postgres') yield* lookAtPostgres({ target, database, network }, until)
  else {
    const surroundings = { platform, mounts: readMounts() }
    yield* lookAtSqlite({ target, database, surroundings }, until)
  }
}
