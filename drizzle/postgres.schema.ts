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
  apiTokens,
  invites,
  tokenUses,
  resets,
  limits,
  audit,
  usage,
  usageDays,
  jobs,
} = postgresTables
