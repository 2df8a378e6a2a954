import { Type } from 'typebox'

/** For the description alone: the document is written, and read, a row at a time. */
const document = Type.Object(
  {
    format: Type.String({ examples: ['holdfast.export/1'] }),
    schema: Type.Object({ version: Type.Integer(), hash: Type.String() }),
    tables: Type.Record(Type.String(), Type.Array(Type.Record(Type.String(), Type.Unknown()))),
    footer: Type.Object({
      rows: Type.Record(Type.String(), Type.Integer()),
      sha256: Type.Record(Type.String(), Type.String()),
      credentials: Type.Enum(['sealed', 'omitted']),
      total: Type.String(),
    }),
  },
  {
    examples: [
      {
        format: 'holdfast.export/1',
        schema: { version: 1, hash: '…' },
        tables: { users: [{ id: '…', username: 'ada' }], announcements: [] },
        footer: {
          rows: { users: 1, announcements: 0 },
          sha256: { users: '…', announcements: '…' },
          credentials: 'omitted',
          total: '…',
        },
      },
    ],
  },
)

/** Streams have no type of their own. */
export const ExportDocument = Type.Unsafe<unknown>(document)

export const ExportQuery = Type.Object(
  {
    include: Type.Optional(
      Type.Enum(['history'], { description: 'also the tables that only tell what happened' }),
    ),
  },
  { additionalProperties: false },
)

export const ImportQuery = Type.Object(
  {
    mode: Type.Optional(
      Type.Enum(['merge', 'replace'], {
        default: 'merge',
        description:
          '`merge`: imported rows win by id; `replace`: afterwards there is nothing else',
      }),
    ),
    dryRun: Type.Optional(
      Type.Boolean({ default: false, description: 'do everything, tell, and take it back' }),
    ),
    onUserConflict: Type.Optional(
      Type.Enum(['refuse', 'map'], {
        default: 'refuse',
        description:
          'a username that is here under another id: `map` attaches what is his to that user',
      }),
    ),
    safetyCopy: Type.Optional(
      Type.Enum(['file', 'none'], {
        default: 'file',
        description: 'before `replace`, what is here is kept in the data folder',
      }),
    ),
  },
  { additionalProperties: false },
)

export const ImportHeaders = Type.Object({
  'x-confirm-replace': Type.Optional(
    Type.String({ description: 'for `replace`: the instance’s id, as /health tells it' }),
  ),
})

const Counts = Type.Object({
  added: Type.Integer({ examples: [12] }),
  changed: Type.Integer({ examples: [1] }),
  same: Type.Integer({ examples: [30] }),
  removed: Type.Integer({ examples: [0] }),
})

export const ImportReport = Type.Object({
  dryRun: Type.Boolean({ examples: [false] }),
  mode: Type.Enum(['merge', 'replace'], { examples: ['merge'] }),
  tables: Type.Record(Type.String(), Counts),
  safetyCopy: Type.Optional(
    Type.String({ description: 'the file in the data folder that keeps what was there' }),
  ),
})
