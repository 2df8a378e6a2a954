import { Type, type Static } from 'typebox'
import { roles } from '../../database/tables/tables.ts'
import {
  Id,
  NullableText,
  NullableTimestamp,
  Page,
  PageQuery,
  Timestamp,
} from '../../http/schemas.ts'

const role = Type.Enum(roles, { examples: ['member'] })
const email = Type.String({ format: 'email', maxLength: 254, examples: ['ada@example.org'] })

/** An invite as a list shows it; its token has no place in it. */
const properties = {
  id: Id,
  role,
  email: NullableText({ description: 'whom it is for, if it is for nobody else' }),
  expiresAt: Timestamp,
  usedAt: NullableTimestamp,
  usedBy: NullableText({ description: 'the id of who came in with it' }),
  createdBy: Id,
  createdAt: Timestamp,
}

export const Invite = Type.Object(properties, { $id: 'Invite' })

export const InvitePage = Page(Type.Ref('Invite'), 'InvitePage')

export const IssuedInvite = Type.Object(
  {
    ...properties,
    token: Type.String({
      description: 'shown once',
      examples: ['hf_invite_3f9vJc1p0m2yq8cX4sZ7bK6nD5tR1wE0uA2hLgQxVYo'],
    }),
    link: Type.Optional(
      Type.String({
        description: 'where to come in with it; absent while PUBLIC_URL is not known',
        examples: ['https://specs.example.org/register#hf_invite_3f9v…'],
      }),
    ),
  },
  { $id: 'IssuedInvite' },
)

export type NewInvite = Static<typeof NewInvite>
export const NewInvite = Type.Object(
  {
    role,
    expiresAt: Type.Optional(
      Type.String({
        format: 'date-time',
        maxLength: 40,
        description: 'within 30 days; in 72 hours unless it is said',
      }),
    ),
    email: Type.Optional(email),
  },
  { additionalProperties: false },
)

export const InviteParams = Type.Object({ id: Id })

export const InviteQuery = Type.Object(PageQuery, { additionalProperties: false })
