import { Type } from 'typebox'
import { NullableText, Page, PageQuery, Password, Timestamp, Id } from '../../http/schemas.ts'
import { User } from '../users/users.schemas.ts'

const nullableCount = Type.Unsafe<number | null>({
  type: ['integer', 'null'],
  description: 'null: without limit',
})

const Usage = Type.Object({ used: Type.Integer(), limit: nullableCount })

export const Me = Type.Object(
  {
    ...User.properties,
    quota: Type.Object({ specs: Usage, bytes: Usage }),
  },
  { $id: 'Me' },
)

export const ProfileChanges = Type.Object(
  {
    email: Type.Optional(
      Type.Unsafe<string | null>({ type: ['string', 'null'], format: 'email', maxLength: 254 }),
    ),
  },
  { additionalProperties: false, minProperties: 1 },
)

export const PasswordChange = Type.Object(
  {
    current: Type.String({ minLength: 1, maxLength: 512 }),
    new: Password,
  },
  { additionalProperties: false },
)

export const MySession = Type.Object(
  {
    id: Id,
    createdAt: Timestamp,
    usedAt: Timestamp,
    expiresAt: Timestamp,
    address: NullableText({ description: 'where it was begun' }),
    client: NullableText({ description: 'the program that began it, as it calls itself' }),
    current: Type.Boolean({ description: 'the one of this request' }),
  },
  { $id: 'MySession' },
)

export const MySessionPage = Page(Type.Ref('MySession'), 'MySessionPage')

export const SessionQuery = Type.Object(PageQuery, { additionalProperties: false })

export const SessionParams = Type.Object({ id: Id })
