import type { Target } from '../database/target/target.ts'
import {
  durabilityOf,
  durabilityOfPath,
  type Durability,
  type Surroundings,
} from '../platform/durability.ts'
import { describePlatform } from '../platform/platform.ts'
import type { ConfigProblem } from './config.errors.ts'
import { likelyAddressName } from './likely-names.ts'
import type { Settings } from './schema.ts'
import type { Environment } from './environment.ts'

export interface StoragePlace {
  readonly durability: Durability
  /** Whether what is written beside the database outlasts the instance. */
  readonly dataFolderLasts: boolean
}

/** Gives how long what is stored lasts where this process runs. */
export function placeOf(
  target: Target,
  dataFolder: string,
  surroundings: Surroundings,
): StoragePlace {
  return {
    durability: Object.freeze(durabilityOf(target, surroundings)),
    dataFolderLasts: durabilityOfPath(dataFolder, surroundings).kind !== 'ephemeral',
  }
}

/**
 * Refuses SQLite on a platform where the file does not last, unless that was allowed. Elsewhere what does not last is
 * told, and not refused: a container's own layer and a folder in memory are good enough for a trial.
 */
export function refuseEphemeral(
  { durability }: StoragePlace,
  { platform }: Surroundings,
  { settings, environment }: { settings: Settings; environment: Environment },
): ConfigProblem[] {
  if (durability.kind !== 'ephemeral' || platform === undefined) return []
  if (settings.ALLOW_EPHEMERAL_SQLITE) return []
  const { disk } = describePlatform(platform)
  const meant = likelyAddressName(environment)
  const sentences = [
    `should be the address of a PostgreSQL database, for SQLite would lose everything here: ${durability.because}.`,
    meant && `${meant} is set: give its value to DATABASE_URL.`,
    disk && `To keep SQLite, ${disk}.`,
    'To lose the data on purpose, set ALLOW_EPHEMERAL_SQLITE=1.',
  ]
  return [{ variable: 'DATABASE_URL', sentence: sentences.filter(Boolean).join(' ') }]
}
