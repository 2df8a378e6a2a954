import { Type, type Static } from 'typebox'
import { NullableText } from '../../../http/schemas.ts'
import { ListedSpec, Slug, Tags, Title, Visibility } from '../specs.schemas.ts'

/** At most so many items come in one request. */
export const itemsMost = 1000

export const ImportItem = Type.Object(
  {
    // What a list says of a spec beside this comes along, and is of no account here.
    ...Object.fromEntries(Object.keys(ListedSpec.properties).map((name) => [name, Type.Any()])),
    slug: Type.Optional(Slug),
    title: Type.Optional(Title),
    tags: Type.Optional(Tags),
    visibility: Type.Optional(Visibility),
    version: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 110,
        description: 'else `latest.version`, else the document’s own',
        examples: ['1.0.0'],
      }),
    ),
    latest: Type.Optional(
      Type.Unsafe<{ version?: string } | null>({
        type: ['object', 'null'],
        properties: { version: { type: 'string', minLength: 1, maxLength: 110 } },
      }),
    ),
    content: Type.String({ minLength: 1, description: 'the document as text' }),
  },
  { additionalProperties: false, required: ['content'] },
)

export type ImportItem = Pick<
  Static<typeof ImportItem>,
  'slug' | 'title' | 'tags' | 'visibility' | 'version' | 'latest' | 'content'
>

const items = Type.Array(ImportItem, { maxItems: itemsMost })

/** For the API's description: the body is read item by item. */
export const ImportBody = Type.Union([
  items,
  Type.Object({ items, nextCursor: Type.Optional(NullableText({})) }),
])

export const ImportReport = Type.Object({
  items: Type.Array(
    Type.Object({
      index: Type.Integer({ description: 'its place in the request, from 0' }),
      slug: Type.String({ examples: ['museum-api'] }),
      version: Type.String({ examples: ['1.0.0'] }),
      outcome: Type.Enum(['added', 'same'] as const, {
        description: '`same`: a version of this spec has these bytes already',
      }),
    }),
  ),
})

export type ImportedItem = Static<typeof ImportReport>['items'][number]
