import { createHash } from 'node:crypto'
import type { LockName } from '../database.ts'

/** Shared by every unit, and taken whole by a unit that must be the only one. */
export const freezeKey = lockKey(['holdfast', 'freeze'])

/** Held by whoever migrates. */
export const migrationKey = lockKey(['holdfast', 'migration'])

/** The keys of these names, each once and in one order for everybody, so that units do not wait in a circle. */
export function lockKeys(names: readonly LockName[]): bigint[] {
  const keys = new Set(names.map(lockKey))
  return [...keys].sort((a, b) => (a < b ? -1 : 1))
}

/** 64 bits of SHA-256: advisory locks know no names, only numbers. Neither part may hold the NUL between them. */
function lockKey([kind, name]: LockName): bigint {
  return createHash('sha256').update(`${kind}\0${name}`).digest().readBigInt64BE()
}
