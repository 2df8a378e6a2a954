import { Type } from 'typebox'
import { scopes } from '../../database/tables/people.tables.ts'
import { Id, NullableTimestamp, Timestamp } from '../../http/schemas.ts'

const Name = Type.String({ minLength: 1, maxLength: 100, examples: ['nightly upload'] })

const Scopes = Type.Array(Type.Enum(scopes), {
  minItems: 1,
  uniqueItems: true,
  examples: [['specs:read', 'specs:write']],
})

/** What is told of a token; neither it nor its hash has a place in it. */
export const Token = Type.Object(
  {
    id: Id,
    name: Name,
    scopes: Scopes,
    expiresAt: Timestamp,
    lastUsedAt: NullableTimestamp,
    createdAt: Timestamp,
  },
  { $id: 'Token' },
)

export const TokenList = Type.Object({ items: Type.Array(Type.Ref('Token')) })

export const CreatedToken = Type.Object({
  ...Token.properties,
  token: Type.String({
    description: 'shown once; send it as `Authorization: Bearer …`',
    examples: ['hf_api_3f9vJc1p0m2yq8cX4sZ7bK6nD5tR1wE0uA2hLgQxVYo'],
  }),
})

export const NewToken = Type.Object(
  {
    name: Name,
    scopes: Scopes,
    expiresAt: Type.Optional(
      Type.String({
        ...Timestamp,
        description: 'at most 365 days from now; 90 when it is not given',
      }),
    ),
  },
  { additionalProperties: false },
)

export const TokenParams = Type.Object({ id: Id })
