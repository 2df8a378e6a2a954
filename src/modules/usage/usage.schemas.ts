import { Type } from 'typebox'
import { Id, NullableText, Page, PageQuery } from '../../http/schemas.ts'

const Day = Type.String({
  pattern: '^2\\d{3}-\\d\\d-\\d\\d$',
  format: 'date',
  description: 'in UTC',
  examples: ['2026-11-20'],
})

const count = (description: string, example: number) =>
  Type.Integer({ description, examples: [example] })

const User = Type.Unsafe<{ id: string; username: string | null } | null>({
  ...Type.Object({
    id: Id,
    username: NullableText({ description: 'null when the user is gone', examples: ['ada'] }),
  }),
  type: ['object', 'null'],
  description: 'null for guests',
})

export const Usage = Type.Object(
  {
    day: Type.Optional(Day),
    route: Type.Optional(
      Type.String({
        description:
          'the method and the pattern of the path; `unknown` for paths that nobody serves, `other` for what there were too many different ones of',
        examples: ['GET /api/specs/:slug'],
      }),
    ),
    user: Type.Optional(User),
    requests: count('answered', 1200),
    errors: count('answered with 500 or more', 0),
    refusals: count('answered with 400 to 499', 12),
    bytesIn: count('of bodies', 48_000),
    bytesOut: count('of bodies', 9_600_000),
    durationMs: Type.Number({ description: 'all together', examples: [5400.2] }),
  },
  { $id: 'Usage' },
)

export const UsagePage = Page(Type.Ref('Usage'), 'UsagePage')

export const UsageQuery = Type.Object(
  {
    ...PageQuery,
    from: Type.Optional({ ...Day, description: 'the first day; by default 29 days before `to`' }),
    to: Type.Optional({ ...Day, description: 'the last day; by default today' }),
    by: Type.Enum(['day', 'route', 'user'], { default: 'day' }),
    route: Type.Optional(
      Type.String({ minLength: 1, maxLength: 200, examples: ['GET /api/specs/:slug'] }),
    ),
    user: Type.Optional(
      Type.String({ minLength: 1, maxLength: 100, description: 'an id, or `guest`' }),
    ),
  },
  { additionalProperties: false },
)
