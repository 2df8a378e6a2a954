import { sql } from 'drizzle-orm'
import type { Declaration } from './declaration.ts'
import { activityDeclarations, defineActivityTables } from './activity.tables.ts'
import { definePeopleTables, peopleDeclarations } from './people.tables.ts'
import type { Columns } from './postgres.columns.ts'
import { defineSpecTables, specDeclarations } from './spec.tables.ts'

export type Tables = ReturnType<typeof defineTables>

export const roles = ['member', 'editor', 'admin'] as const
export const statuses = ['active', 'disabled'] as const
export const audiences = ['everyone', 'users', 'editors'] as const

export type Role = (typeof roles)[number]
export type Status = (typeof statuses)[number]
export type Audience = (typeof audiences)[number]

/** What a username is once it is folded. */
export const usernamePattern = /^[a-z0-9_.-]{2,64}$/

const atom = "[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
const label = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?'

/** What an e-mail address is once it is folded: what JSON Schema's `email` lets in, at most 254 characters. */
export const emailPattern = new RegExp(
  `^(?=.{1,254}$)${atom}(?:\\.${atom})*@(?:${label}\\.)+${label}$`,
)

/** argon2id as a PHC string, within 1 GB: whoever checks a password against it pays what it says. */
const passwordHashPattern =
  /^\$argon2id\$v=(?:16|19)\$m=\d{1,6},t=\d{1,3},p=\d{1,3}\$[A-Za-z0-9+/]{11,64}\$[A-Za-z0-9+/]{22,86}$/

/**
 * Every table, once, in foreign-key order (parents first): export and import follow it.
 * A column's name is its key in snake_case. Times are ISO 8601 in UTC with milliseconds, ids UUIDv7;
 * the application makes both.
 */
export function defineTables(c: Columns) {
  const users = c.table(
    'users',
    {
      id: c.text('id').primaryKey(),
      username: c.text('username').notNull(),
      email: c.text('email'),
      role: c.text('role').$type<Role>().notNull(),
      status: c.text('status').$type<Status>().notNull(),
      /** PHC string; null where an import brought no credential: nobody can log in then. */
      passwordHash: c.text('password_hash'),
      createdAt: c.timestamp('created_at').notNull(),
      updatedAt: c.timestamp('updated_at').notNull(),
      /** How many specs he may own; null: as many as the configuration says. */
      quotaSpecs: c.integer('quota_specs'),
      /** How many bytes the documents of his specs may have together; null: likewise. */
      quotaBytes: c.integer('quota_bytes'),
    },
    (t) => [
      c.uniqueIndex('users_username_unique').on(t.username),
      c.uniqueIndex('users_email_unique').on(t.email),
    ],
  )

  const announcements = c.table(
    'announcements',
    {
      id: c.text('id').primaryKey(),
      title: c.text('title').notNull(),
      body: c.text('body').notNull(),
      audience: c.text('audience').$type<Audience>().notNull(),
      pinned: c.boolean('pinned').notNull(),
      startsAt: c.timestamp('starts_at'),
      endsAt: c.timestamp('ends_at'),
      authorId: c
        .text('author_id')
        .notNull()
        .references(() => users.id),
      /** Counts the changes; the ETag. */
      revision: c.integer('revision').notNull(),
      createdAt: c.timestamp('created_at').notNull(),
      updatedAt: c.timestamp('updated_at').notNull(),
    },
    (t) => [
      // The list's order. Not coalesce(): drizzle-kit cuts SQLite's expressions at a comma.
      c
        .index('announcements_order')
        .on(
          sql`pinned desc`,
          sql`(case when starts_at is null then created_at else starts_at end) desc`,
          sql`id desc`,
        ),
      c.index('announcements_author').on(t.authorId),
    ],
  )

  const specTables = defineSpecTables(c, users)

  const peopleTables = definePeopleTables(c, users)

  const idempotency = c.table(
    'idempotency',
    {
      /** Hash of the caller and the Idempotency-Key. */
      id: c.text('id').primaryKey(),
      /** Keyed hash of the request: tells a retry from another request under the same key. */
      fingerprint: c.text('fingerprint').notNull(),
      /** The first answer, sealed with a key that only the Idempotency-Key gives. */
      answer: c.text('answer').notNull(),
      createdAt: c.timestamp('created_at').notNull(),
      expiresAt: c.timestamp('expires_at').notNull(),
    },
    (t) => [c.index('idempotency_expiry').on(t.expiresAt)],
  )

  /** Facts of this database itself: `instance_id`, `frozen`, `bootstrap_admin`. */
  const settings = c.table('settings', {
    key: c.text('key').primaryKey(),
    value: c.text('value').notNull(),
  })

  const activityTables = defineActivityTables(c)

  return {
    users,
    announcements,
    ...specTables,
    ...peopleTables,
    idempotency,
    settings,
    ...activityTables,
  }
}

const quota = { least: 0, most: 2 ** 50 }

/** What becomes of each table: see declaration.ts. The compiler asks for one of every table. */
export const declarations = {
  users: {
    class: 'data',
    credentials: ['passwordHash'],
    rules: {
      username: usernamePattern,
      email: emailPattern,
      passwordHash: passwordHashPattern,
      role: roles,
      status: statuses,
      quotaSpecs: quota,
      quotaBytes: quota,
    },
  },
  announcements: {
    class: 'data',
    rules: {
      title: { least: 1, most: 200 },
      body: { least: 0, most: 20_000 },
      audience: audiences,
      endsAt: { after: 'startsAt' },
      // Far below 2^53, where counting on would end.
      revision: { least: 1, most: 2 ** 31 },
    },
  },
  ...specDeclarations,
  ...peopleDeclarations,
  idempotency: { class: 'transient', retention: { column: 'expiresAt', seconds: 0 } },
  settings: { class: 'transient', retention: 'forever' },
  ...activityDeclarations,
} satisfies Record<keyof Tables, Declaration>
