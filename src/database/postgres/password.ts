import { DatabaseError } from '../database.errors.ts'
import type { PostgresTarget } from '../target/target.ts'
import type { Lane } from './lane.ts'

/** PostgreSQL's SQLSTATE "invalid_password". */
const invalidPassword = '28P01'

/**
 * Opens lanes with the password that the server takes: the one of the address, or, where that may not have been
 * encoded, the other way to read it. That one is tried once, and kept when it is right.
 */
export function createLogin(target: PostgresTarget) {
  const { otherPassword, ...alike } = target
  let taken = target
  let other = otherPassword === undefined ? undefined : { ...alike, password: otherPassword }

  return async function logIn(open: (target: PostgresTarget) => Promise<Lane>): Promise<Lane> {
    try {
      return await open(taken)
    } catch (error) {
      const next = other
      if (!next || !(error instanceof DatabaseError) || error.code !== invalidPassword) throw error
      other = undefined
      const lane = await open(next)
      taken = next
      return lane
    }
  }
}
