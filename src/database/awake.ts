import type { Database } from './database.ts'

/** The shortest time after which a provider lets an unused database sleep is five minutes. */
const recentMs = 60_000

/** Tells whether the database answered not long ago: work that can wait comes along then, and never wakes it. */
export function isAwake(database: Pick<Database, 'lastOutcome'>): boolean {
  const last = database.lastOutcome()
  return last !== undefined && last.ok && Date.now() - last.at < recentMs
}
