// drizzle-kit reads exported tables one by one.
import { sqliteTables } from '../src/database/tables/sqlite.ts'

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
} = sqliteTables
