import type { PgColumn } from 'drizzle-orm/pg-core'
import type { Declaration } from './declaration.ts'
import type { Columns } from './postgres.columns.ts'

/** What an API token may be good for; none of them is more than its owner may. */
export const scopes = [
  'specs:read',
  'specs:write',
  'announcements:write',
  'users:manage',
  'backup:read',
  'backup:write',
  'ops:read',
  'ops:run',
] as const

export type Scope = (typeof scopes)[number]

/**
 * What lets people in. Each kind of token has a table of its own, so that none is ever taken for another; of all of
 * them only the SHA-256 is kept, in hexadecimal.
 */
export function definePeopleTables(c: Columns, users: { id: PgColumn }) {
  const apiTokens = c.table(
    'api_tokens',
    {
      id: c.text('id').primaryKey(),
      userId: c
        .text('user_id')
        .notNull()
        .references(() => users.id, { onDelete: 'cascade' }),
      name: c.text('name').notNull(),
      scopes: c.json('scopes').$type<Scope[]>().notNull(),
      tokenHash: c.text('token_hash').notNull(),
      createdAt: c.timestamp('created_at').notNull(),
      expiresAt: c.timestamp('expires_at').notNull(),
    },
    (t) => [
      c.uniqueIndex('api_tokens_token_hash_unique').on(t.tokenHash),
      c.index('api_tokens_user').on(t.userId, t.createdAt, t.id),
    ],
  )

  const invites = c.table(
    'invites',
    {
      id: c.text('id').primaryKey(),
      role: c.text('role').$type<'member' | 'editor' | 'admin'>().notNull(),
      /** Whom it is for, if it is for nobody else. */
      email: c.text('email'),
      /** Null once it was used, and where an import brought no credential. */
      tokenHash: c.text('token_hash'),
      createdBy: c
        .text('created_by')
        .notNull()
        .references(() => users.id, { onDelete: 'cascade' }),
      createdAt: c.timestamp('created_at').notNull(),
      expiresAt: c.timestamp('expires_at').notNull(),
      usedAt: c.timestamp('used_at'),
      usedBy: c.text('used_by').references(() => users.id, { onDelete: 'set null' }),
    },
    (t) => [
      c.uniqueIndex('invites_token_hash_unique').on(t.tokenHash),
      c.index('invites_created').on(t.createdAt, t.id),
      c.index('invites_created_by').on(t.createdBy),
      c.index('invites_used_by').on(t.usedBy),
    ],
  )

  const sessions = c.table(
    'sessions',
    {
      id: c.text('id').primaryKey(),
      userId: c
        .text('user_id')
        .notNull()
        .references(() => users.id, { onDelete: 'cascade' }),
      tokenHash: c.text('token_hash').notNull(),
      createdAt: c.timestamp('created_at').notNull(),
      usedAt: c.timestamp('used_at').notNull(),
      expiresAt: c.timestamp('expires_at').notNull(),
      /** Where it was begun, for its user to know it by. */
      address: c.text('address'),
      /** The program that began it, as it calls itself; cut. */
      client: c.text('client'),
    },
    (t) => [
      c.uniqueIndex('sessions_token_hash_unique').on(t.tokenHash),
      c.index('sessions_user').on(t.userId),
      c.index('sessions_expiry').on(t.expiresAt),
    ],
  )

  /** When API tokens were last used; not of the token itself, for data does not change by being read. */
  const tokenUses = c.table(
    'token_uses',
    {
      /** The token's. */
      id: c
        .text('id')
        .primaryKey()
        .references(() => apiTokens.id, { onDelete: 'cascade' }),
      usedAt: c.timestamp('used_at').notNull(),
    },
    (t) => [c.index('token_uses_used').on(t.usedAt)],
  )

  /** What lets somebody set a new password, once. */
  const resets = c.table(
    'resets',
    {
      id: c.text('id').primaryKey(),
      userId: c
        .text('user_id')
        .notNull()
        .references(() => users.id, { onDelete: 'cascade' }),
      tokenHash: c.text('token_hash').notNull(),
      createdAt: c.timestamp('created_at').notNull(),
      expiresAt: c.timestamp('expires_at').notNull(),
    },
    (t) => [
      c.uniqueIndex('resets_token_hash_unique').on(t.tokenHash),
      c.index('resets_user').on(t.userId),
      c.index('resets_expiry').on(t.expiresAt),
    ],
  )

  /** How often something was tried, for limits that all instances share. */
  const limits = c.table(
    'limits',
    {
      /** Hash of what is limited and for whom: an account, an address. */
      id: c.text('id').primaryKey(),
      count: c.integer('count').notNull(),
      /** When counting began. */
      since: c.timestamp('since').notNull(),
      /** Nothing passes before. */
      blockedUntil: c.timestamp('blocked_until'),
      expiresAt: c.timestamp('expires_at').notNull(),
    },
    (t) => [c.index('limits_expiry').on(t.expiresAt)],
  )

  return { apiTokens, invites, sessions, tokenUses, resets, limits }
}

const sha256 = /^[0-9a-f]{64}$/
const aYear = 365 * 24 * 60 * 60

/** See declaration.ts. */
export const peopleDeclarations = {
  apiTokens: {
    class: 'data',
    credentials: ['tokenHash'],
    immutable: ['userId'],
    rules: {
      name: { least: 1, most: 100 },
      scopes: {
        schema: {
          type: 'array',
          minItems: 1,
          uniqueItems: true,
          items: { type: 'string', enum: scopes },
        },
      },
      tokenHash: sha256,
      expiresAt: { after: 'createdAt' },
    },
  },
  invites: {
    class: 'data',
    credentials: ['tokenHash'],
    rules: {
      role: ['member', 'editor', 'admin'],
      email: { least: 3, most: 254 },
      tokenHash: sha256,
      expiresAt: { after: 'createdAt' },
    },
  },
  sessions: { class: 'transient', retention: { column: 'expiresAt', seconds: 0 } },
  tokenUses: { class: 'transient', retention: { column: 'usedAt', seconds: aYear } },
  resets: { class: 'transient', retention: { column: 'expiresAt', seconds: 0 } },
  limits: { class: 'transient', retention: { column: 'expiresAt', seconds: 0 } },
} satisfies Record<keyof ReturnType<typeof definePeopleTables>, Declaration>
