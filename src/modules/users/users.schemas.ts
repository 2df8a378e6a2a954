import { Type } from 'typebox'
import { Id, NullableText, Password, Timestamp, Username } from '../../schemas.ts'

const role = Type.Enum(['member', 'editor', 'admin'], { examples: ['member'] })

/** What others may know of a user; a hash has no place in it. */
export const User = Type.Object(
  {
    id: Id,
    username: Username,
    email: NullableText({ examples: ['ada@example.org'] }),
    role,
    status: Type.Enum(['active', 'disabled'], { examples: ['active'] }),
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
    role: Type.Optional(Type.Enum(['member', 'editor', 'admin'], { default: 'member' })),
  },
  { additionalProperties: false },
)
