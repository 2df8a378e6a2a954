import { Type } from 'typebox'
import { Slug, Visibility } from './specs.schemas.ts'

/** What the document is, its bytes tell; these say no more than that somebody may have meant one. */
export const documentTypes = [
  'application/json',
  'application/yaml',
  'application/x-yaml',
  'text/yaml',
  'text/x-yaml',
  'text/plain',
  'application/octet-stream',
  'application/openapi+json',
  'application/openapi+yaml',
  'application/vnd.oai.openapi',
  'application/vnd.oai.openapi+json',
  'application/vnd.oai.openapi+yaml',
  'application/vnd.aai.asyncapi',
  'application/vnd.aai.asyncapi+json',
  'application/vnd.aai.asyncapi+yaml',
  // What curl says of --data-binary by itself.
  'application/x-www-form-urlencoded',
  'multipart/form-data',
]

const document = {
  type: 'object',
  description:
    'OpenAPI 3.0 to 3.2, Swagger 2.0, AsyncAPI 1 to 3; JSON or YAML, whatever the type says; kept byte for byte',
}

/** For the description alone: bodies are read as they come. */
export const DocumentBody = {
  content: {
    'application/json': { schema: document },
    'application/yaml': { schema: document },
    'application/octet-stream': { schema: { type: 'string', format: 'binary' } },
    'multipart/form-data': {
      schema: {
        type: 'object',
        required: ['document'],
        properties: { document: { type: 'string', format: 'binary' } },
      },
    },
  },
}

const publication = {
  version: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 100,
      description: 'the version’s name; `info.version` of the document when not given',
    }),
  ),
  state: Type.Optional(Type.Enum(['draft', 'published'], { default: 'published' })),
  strict: Type.Optional(
    Type.Boolean({
      default: false,
      description: 'refuse what breaks its schema, and what cannot be held against one',
    }),
  ),
}

export const NewSpecQuery = Type.Object(
  {
    slug: Type.Optional({ ...Slug, description: 'made from the title when not given' }),
    visibility: Type.Optional({ ...Visibility, default: 'public' }),
    tags: Type.Optional(
      Type.String({
        maxLength: 1100,
        description: 'at most 20, with commas between: a-z, 0-9 and hyphens',
        examples: ['culture,tickets'],
      }),
    ),
    ...publication,
  },
  { additionalProperties: false },
)

export const NewVersionQuery = Type.Object(publication, { additionalProperties: false })
