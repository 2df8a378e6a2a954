import { Type } from 'typebox'
import { roles, statuses } from '../../database/tables/tables.ts'
import { Id, NullableText, Password, Timestamp, Username } from '../../http/schemas.ts'

const role = Type.Enum(roles, { examples: ['member'] })

/** What others may know of a user; a hash has no place in it. */
export const User = Type.Object(
  {
    id: Id,
    username: Username,
    email: NullableText({ examples: ['ada@example.org'] }),
    role,
    status: Type.Enum(statuses, { examples: ['active'] }),
    createdAt: Timestamp,
    updatedAt: Timestamp,
  },
  { $id: 'User' },
)

export const NewUser = Type.Object(
  {
    username: Username,
    password: Password,
    email: Type.Optional(
      Type.Unsafe<string | null>({ type: ['string', 'null'], format: 'email', maxLength: 254 }),
    ),
    role: Type.Optional(Type.Enum(roles, { default: 'member' })),
  },
  { additionalProperties: false },
)
