// drizzle-kit reads exported tables one by one.
import { postgresTables } from '../src/database/tables/postgres.ts'

export const { users, announcements, sessions, idempotency, settings } = postgresTables
