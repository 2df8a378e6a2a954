import { Type, type Static } from 'typebox'
import { tagPattern } from '../../database/tables/spec.shapes.ts'
import { slugPattern, states, visibilities } from '../../database/tables/spec.tables.ts'
import { formats, mediaTypes } from '../../descriptions/description.ts'
import { Id, NullableText, Page, Timestamp } from '../../http/schemas.ts'

export const Slug = Type.String({
  minLength: 1,
  maxLength: 80,
  pattern: slugPattern.source,
  examples: ['museum-api'],
})

export const Title = Type.String({
  minLength: 1,
  maxLength: 200,
  pattern: '\\S',
  examples: ['Museum API'],
})

export const Summary = NullableText({
  minLength: 1,
  maxLength: 500,
  examples: ['Hours, tickets and special events'],
})

export const Tags = Type.Array(Type.String({ pattern: tagPattern }), {
  maxItems: 20,
  uniqueItems: true,
  examples: [['culture', 'tickets']],
})

export const Visibility = Type.Enum(visibilities, {
  description: '`private`: for its owner, editors and administrators',
  examples: ['public'],
})

export const State = Type.Enum(states, {
  description: 'goes forward only; the document of a withdrawn version is not handed out',
  examples: ['published'],
})

export const Format = Type.Enum(formats, { examples: ['openapi-3.1'] })

const Finding = Type.Object({
  pointer: Type.String({ description: 'RFC 6901, into the document', examples: ['/info'] }),
  message: Type.String({ examples: ['must have a version'] }),
})

const version = {
  id: Id,
  specId: Id,
  version: Type.String({ examples: ['1.0.0'] }),
  state: State,
  format: Format,
  mediaType: Type.Enum(mediaTypes, { examples: ['application/yaml'] }),
  bytes: Type.Integer({ examples: [18_230] }),
  sha256: Type.String({ description: 'of the bytes that were uploaded', examples: ['9f86d0…'] }),
  valid: Type.Unsafe<boolean | null>({
    type: ['boolean', 'null'],
    description: 'whether it keeps to the schema of its format; null where that cannot be told',
    examples: [true],
  }),
  findings: Type.Array(Finding, { maxItems: 100 }),
  operations: Type.Integer({ description: 'how many it describes', examples: [12] }),
  createdAt: Timestamp,
}

export const Version = Type.Object(version, { $id: 'Version' })

const spec = {
  id: Id,
  slug: Slug,
  title: Title,
  summary: Summary,
  ownerId: Id,
  visibility: Visibility,
  tags: Tags,
  format: Format,
  downloads: Type.Integer({ description: 'approximate', examples: [231] }),
  // One schema with two types, as for NullableTimestamp.
  latest: Type.Unsafe<Static<typeof Version> | null>({
    ...Type.Object(version),
    type: ['object', 'null'],
    description: 'the newest version that is published, else the newest that is deprecated',
  }),
  createdAt: Timestamp,
  updatedAt: Timestamp,
}

export const Spec = Type.Object(spec, { $id: 'Spec' })

/** One of a list; `content` is there with `?include=content`. */
export const ListedSpec = Type.Object(
  {
    ...spec,
    content: Type.Optional(
      NullableText({ description: 'the latest document as text, with `?include=content`' }),
    ),
  },
  { $id: 'ListedSpec' },
)

export const SpecPage = Page(Type.Ref('ListedSpec'), 'SpecPage')
export const VersionPage = Page(Type.Ref('Version'), 'VersionPage')

/** For `app.addSchema`, by every plugin that refers to one of them. */
export const sharedSchemas = [Spec, Version, ListedSpec, SpecPage, VersionPage]

export const SpecChanges = Type.Partial(
  Type.Object({ title: Title, summary: Summary, tags: Tags, visibility: Visibility, slug: Slug }),
  { additionalProperties: false, minProperties: 1 },
)

export const VersionChanges = Type.Object({ state: State }, { additionalProperties: false })

export const SpecParams = Type.Object({ slug: Type.String({ minLength: 1, maxLength: 100 }) })

export const VersionParams = Type.Object({
  slug: SpecParams.properties.slug,
  version: Type.String({
    minLength: 1,
    maxLength: 200,
    description: 'its name, or `latest`; a `/` is sent as `%2F`',
  }),
})

export type SpecChanges = Static<typeof SpecChanges>
export type Spec = Static<typeof Spec>
export type Version = Static<typeof Version>
