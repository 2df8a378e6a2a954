import type { Declaration } from './declaration.ts'
import type { Columns } from './postgres.columns.ts'

export const outcomes = ['done', 'refused'] as const
export const actorKinds = ['user', 'token', 'backup_token', 'guest', 'system'] as const

export type Outcome = (typeof outcomes)[number]
export type ActorKind = (typeof actorKinds)[number]
/** What is said of an act besides: names of fields, roles, counts. Never a body, never a secret. */
export type Details = Record<string, string | number | boolean | null>

/**
 * What was done and how much. People and things are named, not referred to: an account of what they did outlives
 * them.
 */
export function defineActivityTables(c: Columns) {
  const audit = c.table(
    'audit',
    {
      id: c.text('id').primaryKey(),
      at: c.timestamp('at').notNull(),
      /** As `spec.create`: a noun and a verb. */
      action: c.text('action').notNull(),
      outcome: c.text('outcome').$type<Outcome>().notNull(),
      actorKind: c.text('actor_kind').$type<ActorKind>().notNull(),
      /** The user's; null for guests and the service itself. */
      actorId: c.text('actor_id'),
      /** The username at that time. */
      actorName: c.text('actor_name'),
      /** The session or API token by which it was done. */
      credentialId: c.text('credential_id'),
      objectKind: c.text('object_kind'),
      objectId: c.text('object_id'),
      /** The slug, username or name at that time. */
      objectName: c.text('object_name'),
      address: c.text('address'),
      requestId: c.text('request_id'),
      details: c.json('details').$type<Details>().notNull(),
    },
    (t) => [
      c.index('audit_at').on(t.at, t.id),
      c.index('audit_actor').on(t.actorId, t.at, t.id),
      c.index('audit_action').on(t.action, t.at, t.id),
      c.index('audit_object').on(t.objectId, t.at, t.id),
    ],
  )

  /** Requests by day, route and user, rolled up. */
  const usage = c.table(
    'usage',
    {
      /** The day and a hash of the route and the user. */
      id: c.text('id').primaryKey(),
      /** Its first moment, in UTC. */
      day: c.timestamp('day').notNull(),
      /** The method and the pattern of the path. */
      route: c.text('route').notNull(),
      /** Null for guests. */
      userId: c.text('user_id'),
      requests: c.integer('requests').notNull(),
      /** Answered with 500 or more. */
      errors: c.integer('errors').notNull(),
      /** Answered with 400 to 499. */
      refusals: c.integer('refusals').notNull(),
      bytesIn: c.integer('bytes_in').notNull(),
      bytesOut: c.integer('bytes_out').notNull(),
      /** Microseconds, all together. */
      duration: c.integer('duration').notNull(),
    },
    (t) => [c.index('usage_day').on(t.day, t.id), c.index('usage_user').on(t.userId, t.day)],
  )

  /** The totals of each day, which stay when its routes and users are forgotten. */
  const usageDays = c.table('usage_days', {
    /** As 2026-11-20, in UTC. */
    id: c.text('id').primaryKey(),
    requests: c.integer('requests').notNull(),
    errors: c.integer('errors').notNull(),
    refusals: c.integer('refusals').notNull(),
    bytesIn: c.integer('bytes_in').notNull(),
    bytesOut: c.integer('bytes_out').notNull(),
    duration: c.integer('duration').notNull(),
  })

  /** Work that one instance at a time does, by its name: who has it, and how it went. */
  const jobs = c.table('jobs', {
    id: c.text('id').primaryKey(),
    /** A name of the process that is at it. */
    holder: c.text('holder'),
    /** From then on another may take it over. */
    heldUntil: c.timestamp('held_until'),
    startedAt: c.timestamp('started_at'),
    endedAt: c.timestamp('ended_at'),
    outcome: c.text('outcome').$type<'done' | 'unfinished' | 'failed'>(),
    details: c.json('details').$type<Details>().notNull(),
  })

  return { audit, usage, usageDays, jobs }
}

const days90 = 90 * 24 * 60 * 60
const count = { least: 0, most: 2 ** 52 }
const counts = {
  requests: count,
  errors: count,
  refusals: count,
  bytesIn: count,
  bytesOut: count,
  duration: count,
}
const name = { least: 1, most: 200 }

/** See declaration.ts. */
export const activityDeclarations = {
  audit: {
    class: 'history',
    retention: { column: 'at', seconds: days90 },
    // Of what was done, nothing is said otherwise afterwards.
    immutable: [
      'at',
      'action',
      'outcome',
      'actorKind',
      'actorId',
      'actorName',
      'credentialId',
      'objectKind',
      'objectId',
      'objectName',
      'address',
      'requestId',
      'details',
    ],
    rules: {
      action: /^[a-z_]{1,40}\.[a-z_]{1,40}$/,
      outcome: outcomes,
      actorKind: actorKinds,
      actorId: name,
      actorName: name,
      credentialId: name,
      objectKind: /^[a-z_]{1,40}$/,
      objectId: name,
      objectName: name,
      address: name,
      requestId: name,
      details: {
        schema: {
          type: 'object',
          maxProperties: 20,
          additionalProperties: {
            type: ['string', 'number', 'boolean', 'null'],
            maxLength: 500,
          },
        },
      },
    },
  },
  usage: {
    class: 'history',
    retention: { column: 'day', seconds: days90 },
    rules: { route: name, userId: name, ...counts },
  },
  usageDays: { class: 'history', retention: 'forever', rules: counts },
  jobs: { class: 'transient', retention: 'forever' },
} satisfies Record<keyof ReturnType<typeof defineActivityTables>, Declaration>
