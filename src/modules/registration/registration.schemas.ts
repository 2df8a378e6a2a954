import { Type } from 'typebox'
import { Password, Username } from '../../http/schemas.ts'

const token = (kind: string) =>
  Type.String({
    minLength: 1,
    maxLength: 200,
    examples: [`hf_${kind}_3f9vJc1p0m2yq8cX4sZ7bK6nD5tR1wE0uA2hLgQxVYo`],
  })

export const Registration = Type.Object(
  {
    username: Username,
    password: Password,
    email: Type.Optional(
      Type.Unsafe<string | null>({ type: ['string', 'null'], format: 'email', maxLength: 254 }),
    ),
    invite: Type.Optional(token('invite')),
  },
  { additionalProperties: false },
)

export const PasswordReset = Type.Object(
  { token: token('reset'), password: Password },
  { additionalProperties: false },
)
