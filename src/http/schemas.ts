import { Type, type TSchema } from 'typebox'

/** The atoms that every module's schemas are made of. */

export const Id = Type.String({
  minLength: 1,
  maxLength: 100,
  description: 'UUIDv7',
  examples: ['019aa0c4-6f1e-7c3a-9d43-0f6c6a1f2b3c'],
})

export const Timestamp = Type.String({
  format: 'date-time',
  maxLength: 40,
  description: 'ISO 8601; kept and answered in UTC with milliseconds',
  examples: ['2026-11-20T10:03:21.123Z'],
})

// One schema with two types, not a union of two schemas: the serialiser is ten times faster with it.
export const NullableTimestamp = Type.Unsafe<string | null>({
  ...Timestamp,
  type: ['string', 'null'],
})

export const NullableText = (options: object) =>
  Type.Unsafe<string | null>({ type: ['string', 'null'], ...options })

export const Username = Type.String({
  minLength: 2,
  maxLength: 64,
  description: 'a-z, 0-9, `_`, `.` and `-`; capitals are folded',
  examples: ['ada'],
})

export const Password = Type.String({
  minLength: 12,
  maxLength: 128,
  description: '12 to 128 characters',
  examples: ['correct horse battery staple'],
})

/** RFC 9457. */
export const Problem = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    instance: Type.String({ description: 'the path that was asked for' }),
    code: Type.String({ description: 'stable, for programs' }),
    requestId: Type.String(),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          pointer: Type.Optional(Type.String({ description: 'RFC 6901, into the body' })),
          parameter: Type.Optional(Type.String({ description: 'a query key' })),
          detail: Type.String(),
        }),
      ),
    ),
    outcome: Type.Optional(
      Type.String({ description: 'after a write that was begun: `none` or `unknown`' }),
    ),
  },
  { $id: 'Problem' },
)

/** A list's answer: `nextCursor` is null on the last page. */
export const Page = <Item extends TSchema>(item: Item, $id: string) =>
  Type.Object(
    { items: Type.Array(item), nextCursor: NullableText({ description: 'null on the last page' }) },
    { $id },
  )

export const PageQuery = {
  limit: Type.Integer({ minimum: 1, maximum: 1000, default: 20 }),
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 400 })),
}
