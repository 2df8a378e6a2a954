import type { Operation } from '../../../descriptions/description.ts'
import type { Tables } from '../../../database/tables/tables.ts'

type SpecRow = Tables['specs']['$inferSelect']
type VersionRow = Tables['versions']['$inferSelect']

/** What the page of a version shows. */
export interface SpecView {
  spec: Pick<SpecRow, 'slug' | 'title' | 'summary' | 'tags' | 'visibility'>
  version: VersionRow
  /** Whether it is what `latest` names. */
  latest: boolean
  /** Of all versions that the reader may see, newest first; possibly the first ones only. */
  versions: Pick<VersionRow, 'version' | 'state' | 'createdAt'>[]
  moreVersions: boolean
  operations: Operation[]
  /** The first operation of the page, counted from 0. */
  from: number
  /** Whether the viewer shows the document, too. */
  viewer: boolean
}

/** So many operations are on one page. */
export const operationsPerPage = 1000

/** The path of a spec's page, or of one of its versions. */
export function pathOfPage(slug: string, version?: string): string {
  return version === undefined ? `/specs/${slug}` : `/specs/${slug}/${encodeURIComponent(version)}`
}
