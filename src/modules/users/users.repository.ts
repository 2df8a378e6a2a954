import {
  and,
  asc,
  eq,
  gt,
  gte,
  isNotNull,
  lt,
  ne,
  or,
  sql,
  type AnyColumn,
  type SQL,
} from 'drizzle-orm'
import type { Queryable } from '../../database/database.ts'
import type { Role, Status, Tables } from '../../database/tables/tables.ts'
import { lazy } from '../../lazy.ts'

export type UserRow = Tables['users']['$inferSelect']

export interface UserFilter {
  /** What the username or the e-mail address begins with, folded as they are. */
  beginning?: string
  role?: Role
  status?: Status
}

export function createUsers(db: Queryable, { users: t }: Tables) {
  const byUsername = lazy(() =>
    db
      .select()
      .from(t)
      .where(eq(t.username, sql.placeholder('username')))
      .prepare('user_by_username'),
  )
  const byId = lazy(() =>
    db
      .select()
      .from(t)
      .where(eq(t.id, sql.placeholder('id')))
      .prepare('user_by_id'),
  )

  const otherAdmins = (id: string) =>
    and(ne(t.id, id), eq(t.role, 'admin'), eq(t.status, 'active'), isNotNull(t.passwordHash))

  return {
    /** Raises a unique violation of `users_username_unique` or `users_email_unique`. */
    async create(user: UserRow): Promise<void> {
      await db.insert(t).values(user)
    },

    async byId(id: string): Promise<UserRow | undefined> {
      const [user] = await byId().execute({ id })
      return user
    },

    async byUsername(username: string): Promise<UserRow | undefined> {
      const [user] = await byUsername().execute({ username })
      return user
    },

    /** At most `limit` users by name, those after a name. */
    list(filter: UserFilter & { after?: string; limit: number }): Promise<UserRow[]> {
      const { beginning, role, status, after, limit } = filter
      return db
        .select()
        .from(t)
        .where(
          and(
            after === undefined ? undefined : gt(t.username, after),
            role && eq(t.role, role),
            status && eq(t.status, status),
            beginning === undefined
              ? undefined
              : or(begins(t.username, beginning), begins(t.email, beginning)),
          ),
        )
        .orderBy(asc(t.username))
        .limit(limit)
    },

    /** Changes a user; tells whether there is one. Raises as `create` does. */
    async update(id: string, changes: Partial<Omit<UserRow, 'id'>>): Promise<boolean> {
      const changed = await db.update(t).set(changes).where(eq(t.id, id)).returning({ id: t.id })
      return changed.length > 0
    },

    /** Removes a user with what lets him in; raises a violation where specs or announcements are left of him. */
    async remove(id: string): Promise<void> {
      await db.delete(t).where(eq(t.id, id))
    },

    /** Of the other administrators who can log in, the one who has been there longest. */
    async otherAdmin(id: string): Promise<UserRow | undefined> {
      const [admin] = await db
        .select()
        .from(t)
        .where(otherAdmins(id))
        .orderBy(asc(t.createdAt), asc(t.id))
        .limit(1)
      return admin
    },

    /** Tells whether there is any user at all. */
    async exist(): Promise<boolean> {
      const found = await db.select({ id: t.id }).from(t).limit(1)
      return found.length > 0
    },
  }
}

/**
 * As a range, which an index answers and no wildcard gets into. Usernames and e-mail addresses are of the visible
 * characters of ASCII, which all come before DEL.
 */
function begins(column: AnyColumn, beginning: string): SQL | undefined {
  return and(gte(column, beginning), lt(column, `${beginning}\x7f`))
}
