import { Type, type Static } from 'typebox'
import { roles, statuses } from '../../database/tables/tables.ts'
import {
  Id,
  NullableText,
  Page,
  PageQuery,
  Password,
  Timestamp,
  Username,
} from '../../http/schemas.ts'

const role = Type.Enum(roles, { examples: ['member'] })
const status = Type.Enum(statuses, { examples: ['active'] })

const email = Type.Unsafe<string | null>({
  type: ['string', 'null'],
  format: 'email',
  maxLength: 254,
})

/** As much as an import takes: see the declaration of users. */
const quota = (description: string) =>
  Type.Unsafe<number | null>({
    type: ['integer', 'null'],
    minimum: 0,
    maximum: 2 ** 50,
    description: `${description}; null: as configured`,
  })

/** What others may know of a user; a hash has no place in it. */
export const User = Type.Object(
  {
    id: Id,
    username: Username,
    email: NullableText({ examples: ['ada@example.org'] }),
    role,
    status,
    createdAt: Timestamp,
    updatedAt: Timestamp,
  },
  { $id: 'User' },
)

const quotas = {
  quotaSpecs: quota('how many specs he may own'),
  quotaBytes: quota('how many bytes their versions may have together'),
}

/** What administrators see of a user. */
export const ManagedUser = Type.Object({ ...User.properties, ...quotas }, { $id: 'ManagedUser' })

export const UserPage = Page(Type.Ref('ManagedUser'), 'UserPage')

export const NewUser = Type.Object(
  {
    username: Username,
    password: Password,
    email: Type.Optional(email),
    role: Type.Optional(Type.Enum(roles, { default: 'member' })),
  },
  { additionalProperties: false },
)

export type UserChanges = Static<typeof UserChanges>
export const UserChanges = Type.Partial(Type.Object({ role, status, email, ...quotas }), {
  additionalProperties: false,
  minProperties: 1,
})

export const UserParams = Type.Object({ id: Id })

export const UserQuery = Type.Object(
  {
    q: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 254,
        description: 'what the username or the e-mail address begins with',
      }),
    ),
    role: Type.Optional(role),
    status: Type.Optional(status),
    ...PageQuery,
  },
  { additionalProperties: false },
)

export const DeletionQuery = Type.Object(
  {
    transferTo: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 100,
        description: 'the id of the user who gets the specs and the announcements',
      }),
    ),
    specs: Type.Optional(
      Type.Enum(['delete'], { description: '`delete`: with all of their versions' }),
    ),
  },
  { additionalProperties: false },
)

export const IssuedReset = Type.Object(
  {
    token: Type.String({
      description: 'shown once; sets a new password, once',
      examples: ['hf_reset_3f9vJc1p0m2yq8cX4sZ7bK6nD5tR1wE0uA2hLgQxVYo'],
    }),
    expiresAt: Timestamp,
    link: Type.Optional(
      Type.String({
        description: 'where to use it; absent while PUBLIC_URL is not known',
        examples: ['https://specs.example.org/reset#hf_reset_3f9v…'],
      }),
    ),
  },
  { $id: 'IssuedReset' },
)
