import type { PgColumn } from 'drizzle-orm/pg-core'
import { formats, mediaTypes, type Finding, type Format } from '../../descriptions/description.ts'
import type { Declaration } from './declaration.ts'
import type { Columns } from './postgres.columns.ts'
import { findings, outline, tags, type Outline } from './spec.shapes.ts'

export const visibilities = ['public', 'private'] as const
export const states = ['draft', 'published', 'deprecated', 'withdrawn'] as const

export type Visibility = (typeof visibilities)[number]
export type State = (typeof states)[number]

/** At most 80 characters. */
export const slugPattern = /^(?=.{1,80}$)[a-z0-9]+(-[a-z0-9]+)*$/

/** The marketplace of API descriptions: a spec has versions, a version has a document, which several may share. */
export function defineSpecTables(c: Columns, users: { id: PgColumn }) {
  const specs = c.table(
    'specs',
    {
      id: c.text('id').primaryKey(),
      slug: c.text('slug').notNull(),
      title: c.text('title').notNull(),
      /** The title as it is sorted by: folded and cut. */
      titleKey: c.text('title_key').notNull(),
      summary: c.text('summary'),
      ownerId: c
        .text('owner_id')
        .notNull()
        .references(() => users.id),
      visibility: c.text('visibility').$type<Visibility>().notNull(),
      tags: c.json('tags').$type<string[]>().notNull(),
      /** Of the latest version; of the newest while none was published. */
      format: c.text('format').$type<Format>().notNull(),
      /**
       * The newest version that is published, else the newest that is deprecated. Without a foreign key, for versions
       * come after their spec; whoever changes versions sets it anew.
       */
      latestId: c.text('latest_id'),
      /** Whether anybody may read it: it is public, and not all of its versions are drafts. Follows from the rest. */
      open: c.boolean('open').notNull(),
      /** Counts the changes; the ETag. */
      revision: c.integer('revision').notNull(),
      createdAt: c.timestamp('created_at').notNull(),
      updatedAt: c.timestamp('updated_at').notNull(),
    },
    (t) => [
      c.uniqueIndex('specs_slug_unique').on(t.slug),
      c.index('specs_created').on(t.createdAt, t.id),
      c.index('specs_updated').on(t.updatedAt, t.id),
      c.index('specs_title').on(t.titleKey, t.id),
      c.index('specs_open_created').on(t.open, t.createdAt, t.id),
      c.index('specs_open_updated').on(t.open, t.updatedAt, t.id),
      c.index('specs_open_title').on(t.open, t.titleKey, t.id),
      c.index('specs_owner').on(t.ownerId, t.createdAt, t.id),
    ],
  )

  /** The bytes of a document, once, however many versions have them. */
  const documents = c.table('documents', {
    /** SHA-256 of the bytes as they were sent. */
    id: c.text('id').primaryKey(),
    outline: c.json('outline').$type<Outline>().notNull(),
    content: c.document('content').notNull(),
  })

  const versions = c.table(
    'versions',
    {
      id: c.text('id').primaryKey(),
      specId: c
        .text('spec_id')
        .notNull()
        .references(() => specs.id, { onDelete: 'cascade' }),
      version: c.text('version').notNull(),
      state: c.text('state').$type<State>().notNull(),
      documentId: c
        .text('document_id')
        .notNull()
        .references(() => documents.id),
      format: c.text('format').$type<Format>().notNull(),
      mediaType: c.text('media_type').$type<(typeof mediaTypes)[number]>().notNull(),
      bytes: c.integer('bytes').notNull(),
      valid: c.boolean('valid'),
      findings: c.json('findings').$type<Finding[]>().notNull(),
      /** How many it describes. */
      operations: c.integer('operations').notNull(),
      createdAt: c.timestamp('created_at').notNull(),
    },
    (t) => [
      c.uniqueIndex('versions_spec_id_version_unique').on(t.specId, t.version),
      c.index('versions_created').on(t.specId, t.createdAt, t.id),
      c.index('versions_document').on(t.documentId),
    ],
  )

  /** What a spec is found by. Each database keeps an index of the words by itself: see the migration. */
  const specTokens = c.table('spec_tokens', {
    /** The spec's. */
    id: c
      .text('id')
      .primaryKey()
      .references(() => specs.id, { onDelete: 'cascade' }),
    /** Different words, with a blank between two. */
    tokens: c.text('tokens').notNull(),
  })

  /** How often documents of a spec were handed out; approximate. */
  const downloads = c.table(
    'downloads',
    {
      /** The spec's. */
      id: c
        .text('id')
        .primaryKey()
        .references(() => specs.id, { onDelete: 'cascade' }),
      count: c.integer('count').notNull(),
    },
    (t) => [c.index('downloads_count').on(t.count, t.id)],
  )

  return { specs, documents, versions, specTokens, downloads }
}

const sha256 = /^[0-9a-f]{64}$/

/** See declaration.ts. */
export const specDeclarations = {
  specs: {
    class: 'data',
    rules: {
      slug: slugPattern,
      title: { least: 1, most: 200 },
      titleKey: { least: 0, most: 60 },
      summary: { least: 1, most: 500 },
      visibility: visibilities,
      tags: { schema: tags },
      format: formats,
      latestId: { least: 1, most: 100 },
      revision: { least: 1, most: 2 ** 31 },
    },
  },
  documents: {
    class: 'data',
    rules: {
      id: { sha256Of: 'content' },
      outline: { schema: outline },
      // The most that UPLOAD_MAX_BYTES may be.
      content: { least: 1, most: 16 * 1024 * 1024 },
    },
  },
  versions: {
    class: 'data',
    immutable: ['specId', 'documentId'],
    rules: {
      version: { least: 1, most: 110 },
      state: states,
      documentId: sha256,
      format: formats,
      mediaType: mediaTypes,
      bytes: { bytesOf: 'content', through: 'documentId' },
      findings: { schema: findings },
      operations: { least: 0, most: 20_000 },
    },
  },
  specTokens: {
    class: 'data',
    // PostgreSQL's tsvector ends at 1 MiB.
    rules: {
      tokens: { pattern: /^(?:[^ ]{1,100}(?: [^ ]{1,100}){0,20000})?$/u, mostBytes: 2 ** 19 },
    },
  },
  downloads: {
    class: 'history',
    retention: 'forever',
    rules: { count: { least: 0, most: 2 ** 52 } },
  },
} satisfies Record<keyof ReturnType<typeof defineSpecTables>, Declaration>
