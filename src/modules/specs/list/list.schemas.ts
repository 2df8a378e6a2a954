import { Type, type Static } from 'typebox'
import { tagPattern } from '../../../database/tables/spec.shapes.ts'
import { visibilities } from '../../../database/tables/spec.tables.ts'
import { formats } from '../../../descriptions/description.ts'
import { PageQuery, Username } from '../../../http/schemas.ts'
import { sorts } from './list.order.repository.ts'
import { wordsMost } from '../../../search/query.ts'

export const ListQuery = Type.Object(
  {
    ...PageQuery,
    // A title in it may be long: 60 characters of four bytes.
    cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 800 })),
    q: Type.Optional(
      Type.String({
        minLength: 2,
        maxLength: 100,
        description:
          `At most ${wordsMost} words, all of which must be in a spec’s slug, title, summary, tags, or the paths, ` +
          'ids and summaries of its operations; the last word may be the beginning of one. Case and accents do not ' +
          'matter, and `petId` is two words.',
        examples: ['museum tick'],
      }),
    ),
    tag: Type.Optional(Type.String({ pattern: tagPattern, examples: ['culture'] })),
    owner: Type.Optional({ ...Username, description: 'the owner’s username' }),
    format: Type.Optional(Type.Enum(formats, { examples: ['openapi-3.1'] })),
    visibility: Type.Optional(
      Type.Enum(visibilities, { description: 'of those that the caller may see' }),
    ),
    sort: Type.Enum(sorts, {
      default: 'new',
      description: '`title` from A; the others from the newest, or from the most',
    }),
    include: Type.Optional(
      Type.Enum(['content'], {
        description:
          'the latest document of each as text, in `content`; `limit` is at most 100 then, and a page ends early ' +
          'once it has 16 MiB of documents: `nextCursor` goes on behind it',
      }),
    ),
  },
  { additionalProperties: false },
)

export type ListQuery = Static<typeof ListQuery>
