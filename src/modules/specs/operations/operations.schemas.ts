import { Type } from 'typebox'
import { NullableText, Page, PageQuery } from '../../../http/schemas.ts'

export const Operation = Type.Object(
  {
    method: Type.String({
      description: 'lower case; or AsyncAPI’s publish, subscribe, send, receive',
      examples: ['get'],
    }),
    path: Type.String({ description: 'or AsyncAPI’s channel', examples: ['/museum-hours'] }),
    operationId: NullableText({ examples: ['getMuseumHours'] }),
    summary: NullableText({ examples: ['Get museum hours'] }),
    tags: Type.Array(Type.String(), { examples: [['Operations']] }),
    deprecated: Type.Boolean({ examples: [false] }),
  },
  { $id: 'Operation' },
)

export const OperationPage = Page(Type.Ref('Operation'), 'OperationPage')

export const OperationsQuery = Type.Object(
  {
    ...PageQuery,
    q: Type.Optional(
      Type.String({
        minLength: 2,
        maxLength: 100,
        description: 'words that an operation has all of; the last one may be the beginning of one',
        examples: ['museum hou'],
      }),
    ),
  },
  { additionalProperties: false },
)
