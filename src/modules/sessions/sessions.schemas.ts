import { Type } from 'typebox'
import { Timestamp } from '../../http/schemas.ts'
import { User } from '../users/users.schemas.ts'

export const Credentials = Type.Object(
  {
    username: Type.String({ minLength: 1, maxLength: 100, examples: ['ada'] }),
    password: Type.String({
      minLength: 1,
      maxLength: 512,
      examples: ['correct horse battery staple'],
    }),
  },
  { additionalProperties: false },
)

export const Session = Type.Object({
  token: Type.String({
    description: 'shown once; send it as `Authorization: Bearer …`',
    examples: ['hf_3f9vJc1p0m2yq8cX4sZ7bK6nD5tR1wE0uA2hLgQxVYo'],
  }),
  expiresAt: Timestamp,
  user: Type.Object(User.properties),
})
