import { Type, type Static } from 'typebox'
import { actorKinds, outcomes, type Details } from '../../database/tables/activity.tables.ts'
import { Id, NullableText, Page, PageQuery, Timestamp } from '../../http/schemas.ts'

const action = '[a-z_]{1,40}\\.[a-z_]{1,40}'

const Actor = Type.Object({
  kind: Type.Enum(actorKinds, {
    description: '`system`: the service itself, and who runs its commands',
    examples: ['user'],
  }),
  id: NullableText({ description: 'the user’s; null for guests, backups and the service' }),
  name: NullableText({ description: 'the username at that time', examples: ['ada'] }),
  credentialId: NullableText({ description: 'the session or API token by which it was done' }),
})

// Not Type.Union, which would be ten times as slow to write.
const AuditedObject = Type.Unsafe<{ kind: string; id: string; name: string | null } | null>({
  type: ['object', 'null'],
  required: ['kind', 'id', 'name'],
  properties: {
    kind: { type: 'string', examples: ['spec'] },
    id: Id,
    name: NullableText({
      description: 'the slug, username or title at that time',
      examples: ['town-library'],
    }),
  },
})

const AuditDetails = Type.Unsafe<Details>({
  type: 'object',
  additionalProperties: true,
  description: 'names of fields, roles, counts; never what was written into a field',
  examples: [{ fields: 'title, tags' }],
})

export const AuditEntry = Type.Object(
  {
    id: Id,
    at: Timestamp,
    action: Type.String({ description: 'a noun and a verb', examples: ['spec.update'] }),
    outcome: Type.Enum(outcomes, { examples: ['done'] }),
    actor: Actor,
    object: AuditedObject,
    address: NullableText({ description: 'where it came from', examples: ['203.0.113.7'] }),
    requestId: NullableText({ description: 'as `X-Request-Id` and `X-Trace-ID` said it' }),
    details: AuditDetails,
  },
  { $id: 'AuditEntry' },
)

export type AuditEntry = Static<typeof AuditEntry>

export const AuditPage = Page(Type.Ref('AuditEntry'), 'AuditPage')

export const AuditQuery = Type.Object(
  {
    ...PageQuery,
    actor: Type.Optional(Type.String({ ...Id, description: 'a user’s id' })),
    action: Type.Optional(
      Type.String({
        pattern: `^(?:${action}|[a-z_]{1,40})$`,
        description: 'as `spec.create`, or the noun alone: `spec`',
        examples: ['spec.create'],
      }),
    ),
    object: Type.Optional(Type.String({ ...Id, description: 'the id of what it was done to' })),
    outcome: Type.Optional(Type.Enum(outcomes)),
    requestId: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9._-]{1,64}$' })),
    from: Type.Optional(Type.String({ ...Timestamp, description: 'not before this time' })),
    to: Type.Optional(Type.String({ ...Timestamp, description: 'before this time' })),
  },
  { additionalProperties: false },
)

export type AuditQuery = Static<typeof AuditQuery>
