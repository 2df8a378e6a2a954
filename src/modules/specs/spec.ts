import { randomUUIDv7 } from 'node:crypto'
import type { Outline } from '../../database/tables/spec.shapes.ts'
import { tagPattern } from '../../database/tables/spec.shapes.ts'
import type { Visibility } from '../../database/tables/spec.tables.ts'
import type { Role } from '../../database/tables/tables.ts'
import type { CheckedDocument, Format } from '../../descriptions/description.ts'
import { titleKeyOf } from '../../search/tokens.ts'
import { InvalidParameterError } from './specs.errors.ts'
import type { Spec } from './specs.schemas.ts'
import type { FoundSpec, SpecRow } from './specs.columns.repository.ts'
import { shownVersion } from './version.ts'

export type { FoundSpec, SpecRow } from './specs.columns.repository.ts'

interface Reader {
  userId: string
  role: Role
}

/** Its owner, editors and administrators: they see its drafts, too. Null is a guest. */
export function mayWrite(spec: Pick<SpecRow, 'ownerId'>, reader: Reader | null): boolean {
  if (!reader) return false
  return reader.userId === spec.ownerId || reader.role === 'editor' || reader.role === 'admin'
}

export function mayRead(spec: Pick<SpecRow, 'ownerId' | 'open'>, reader: Reader | null): boolean {
  return spec.open || mayWrite(spec, reader)
}

/** What is kept of a document beside its bytes. */
export function outlineOf({ description }: CheckedDocument): Outline {
  const { title, summary, version, operations } = description
  return { title, summary, version, operations }
}

export function newSpec(given: {
  slug: string
  title: string
  summary: string | null
  ownerId: string
  visibility: Visibility
  tags: string[]
  format: Format
  createdAt: string
}): SpecRow {
  return {
    id: randomUUIDv7(),
    ...given,
    titleKey: titleKeyOf(given.title),
    latestId: null,
    open: false,
    revision: 1,
    updatedAt: given.createdAt,
  }
}

/** Its next revision. */
export function changedSpec<Row extends SpecRow>(
  row: Row,
  changes: Partial<SpecRow>,
  now: string,
): Row {
  const title = changes.title ?? row.title
  return {
    ...row,
    ...changes,
    titleKey: title === row.title ? row.titleKey : titleKeyOf(title),
    // What an import takes ends there; the ETag has the time, too.
    revision: (row.revision % 2 ** 31) + 1,
    updatedAt: now,
  }
}

const tag = new RegExp(tagPattern)
const tagsMost = 20

/** The tags of `?tags=a,b`, each once. Raises `InvalidParameterError`. */
export function tagsOf(text: string | undefined): string[] {
  const tags = [...new Set(text?.split(','))].filter((one) => one !== '')
  if (tags.length > tagsMost) {
    throw new InvalidParameterError('tags', `must be at most ${tagsMost}`)
  }
  if (!tags.every((one) => tag.test(one))) {
    const detail = 'must be words of a-z and 0-9 with hyphens between, at most 50 characters each'
    throw new InvalidParameterError('tags', detail)
  }
  return tags
}

/** As the API shows it. Written out, in the schema's order: the serializer then passes it on as it is. */
export function shownSpec(spec: FoundSpec): Spec {
  return {
    id: spec.id,
    slug: spec.slug,
    title: spec.title,
    summary: spec.summary,
    ownerId: spec.ownerId,
    visibility: spec.visibility,
    tags: spec.tags,
    format: spec.format,
    downloads: spec.downloads,
    latest: spec.latest && shownVersion(spec.latest),
    createdAt: spec.createdAt,
    updatedAt: spec.updatedAt,
  }
}
