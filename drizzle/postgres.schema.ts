// drizzle-kit reads exported tables one by one.
import { postgresTables } from '../src/database/tables/postgres.ts'

export const {
  users,
  announcements,
  specs,
  documents,
  versions,
  specTokens,
  downloads,
  sessions,
  idempotency,
  settings,
} = postgresTables
