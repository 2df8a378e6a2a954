import { asc, desc, sql, type Column, type SQL } from 'drizzle-orm'
import type { Tables } from '../../../database/tables/tables.ts'
import type { FoundSpec } from '../specs.columns.repository.ts'

export const sorts = ['new', 'updated', 'title', 'downloads'] as const

export type Sort = (typeof sorts)[number]

/** A place in an order: what it sorts by, and the id. */
export interface Place {
  key: string | number
  id: string
}

export function placeOf(row: FoundSpec, sort: Sort): Place {
  return { key: keys[sort](row), id: row.id }
}

const keys: Record<Sort, (row: FoundSpec) => string | number> = {
  new: (row) => row.createdAt,
  updated: (row) => row.updatedAt,
  title: (row) => row.titleKey,
  downloads: (row) => row.downloads,
}

/** The orders in SQL, each as one of the indexes has it. */
export function createOrders({ specs, downloads }: Tables) {
  return {
    new: orderBy(specs.createdAt, specs.id, 'newest first'),
    updated: orderBy(specs.updatedAt, specs.id, 'newest first'),
    title: orderBy(specs.titleKey, specs.id, 'from A'),
    downloads: orderBy(downloads.count, downloads.id, 'most first'),
  }
}

function orderBy(key: Column, id: Column, way: string) {
  const place = (name: string) =>
    sql`(${sql.placeholder(`${name}Key`)}, ${sql.placeholder(`${name}Id`)})`
  const ascending = way === 'from A'
  const inOrder = ascending ? asc : desc
  return {
    key,
    id,
    by: [inOrder(key), inOrder(id)] as SQL[],
    after: ascending
      ? sql`(${key}, ${id}) > ${place('after')}`
      : sql`(${key}, ${id}) < ${place('after')}`,
    until: ascending
      ? sql`(${key}, ${id}) <= ${place('until')}`
      : sql`(${key}, ${id}) >= ${place('until')}`,
  }
}
