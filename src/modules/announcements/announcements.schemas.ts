import { Type, type Static } from 'typebox'
import { audiences } from '../../database/tables/tables.ts'
import { Id, NullableTimestamp, Page, PageQuery, Timestamp } from '../../http/schemas.ts'

const audience = Type.Enum(audiences, {
  description: 'who may read it; editors read everything',
  examples: ['everyone'],
})

const content = {
  title: Type.String({ minLength: 1, maxLength: 200, examples: ['Maintenance on Sunday'] }),
  body: Type.String({
    maxLength: 20_000,
    description: 'Markdown, kept as text',
    examples: ['We will be back **within the hour**.'],
  }),
  audience,
  pinned: Type.Boolean({ examples: [false] }),
  startsAt: NullableTimestamp,
  endsAt: NullableTimestamp,
}

export const Announcement = Type.Object(
  { id: Id, ...content, authorId: Id, createdAt: Timestamp, updatedAt: Timestamp },
  { $id: 'Announcement' },
)

export const AnnouncementPage = Page(Type.Ref('Announcement'), 'AnnouncementPage')

export const NewAnnouncement = Type.Object(
  {
    ...content,
    audience: Type.Optional(Type.Enum(audiences, { default: 'everyone' })),
    pinned: Type.Optional(Type.Boolean({ default: false })),
    startsAt: Type.Optional(NullableTimestamp),
    endsAt: Type.Optional(NullableTimestamp),
  },
  { additionalProperties: false },
)

export const AnnouncementChanges = Type.Partial(Type.Object(content), {
  additionalProperties: false,
  minProperties: 1,
})

export const ListQuery = Type.Object(
  {
    ...PageQuery,
    active: Type.Boolean({ default: true, description: 'false: all there are, for editors' }),
    audience: Type.Optional(audience),
  },
  { additionalProperties: false },
)

export const AnnouncementParams = Type.Object({ id: Id })

export type NewAnnouncement = Static<typeof NewAnnouncement>
export type AnnouncementChanges = Static<typeof AnnouncementChanges>
