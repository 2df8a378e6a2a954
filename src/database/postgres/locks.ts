import { createHash } from 'node:crypto'
import type { LockName } from '../database.ts'

export type Locks = ReturnType<typeof createLocks>

/**
 * The keys of the advisory locks. The server knows one set of them for a whole database, so the schema is part of
 * each: services in two schemas have nothing to do with each other.
 */
export function createLocks(schema: string) {
  return {
    /** Shared by every unit, and taken whole by a unit that must be the only one. */
    freeze: lockKey(schema, ['holdfast', 'freeze']),

    /** Held by whoever migrates. */
    migration: lockKey(schema, ['holdfast', 'migration']),

    /** The keys of these names, each once and in one order for everybody, so that units do not wait in a circle. */
    keys(names: readonly LockName[]): bigint[] {
      const keys = new Set(names.map((name) => lockKey(schema, name)))
      return [...keys].sort((a, b) => (a < b ? -1 : 1))
    },
  }
}

/** 64 bits of SHA-256: advisory locks know no names, only numbers. No part may hold the NUL between them. */
function lockKey(schema: string, [kind, name]: LockName): bigint {
  // Versions that knew no schemas have these keys, and run beside this one during a deploy.
  const parts = schema === 'public' ? [kind, name] : [schema, kind, name]
  return createHash('sha256').update(parts.join('\0')).digest().readBigInt64BE()
}
