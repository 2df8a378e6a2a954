import { asc, desc, sql, type Column, type SQL, type SQLWrapper } from 'drizzle-orm'
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

/** An order in SQL, along columns of which one index has all. */
export type Order = ReturnType<typeof orderAlong>

/** The orders in SQL. */
export function createOrders({ specs, downloads }: Tables) {
  // Written into the statement: with a parameter, PostgreSQL plans each page behind a place anew, for longer than it reads.
  const open: Kind = { column: specs.open, only: sql`${specs.open} = true` }
  // No `=`, and the owner in each place: PostgreSQL, which knows one owner of most specs, would take the index of all
  // specs for him otherwise, and pass over the others'.
  const id = sql.placeholder('owner')
  const only = sql`${specs.ownerId} >= ${id} and ${specs.ownerId} <= ${id}`
  const owner: Kind = { column: specs.ownerId, only, value: id }
  const orders = (kind?: Kind) => ({
    new: orderAlong(specs.createdAt, specs.id, desc, kind),
    updated: orderAlong(specs.updatedAt, specs.id, desc, kind),
    title: orderAlong(specs.titleKey, specs.id, asc, kind),
    downloads: orderAlong(downloads.count, downloads.id, desc),
  })
  // The count as an expression: PostgreSQL would join all counts there are to a few specs.
  const count = sql`(select ${downloads.count} from ${downloads} where ${downloads.id} = ${specs.id})`
  return {
    all: orders(),
    open: orders(open),
    owner: orders(owner),
    /** Of rows that are sorted anew. */
    sorted: { ...orders(), downloads: orderAlong(count, specs.id, desc) },
  }
}

/** What all rows of an order have in common: a column's value. */
interface Kind {
  column: Column
  only: SQL
  /** Where the places of the order have it, too. */
  value?: SQLWrapper
}

function orderAlong<Key extends Column | SQL>(
  key: Key,
  id: Column,
  direction: typeof asc,
  kind?: Kind,
) {
  const own = [key, id]
  const place = (name: string) => [sql.placeholder(`${name}Key`), sql.placeholder(`${name}Id`)]
  const [further, upTo] = direction === asc ? [sql`>`, sql`<=`] : [sql`<`, sql`>=`]

  function compare(sign: SQL, name: string) {
    if (!kind?.value) return sql`${rowOf(own)} ${sign} ${rowOf(place(name))}`
    return sql`${rowOf([kind.column, ...own])} ${sign} ${rowOf([kind.value, ...place(name)])}`
  }

  return {
    key,
    id,
    by: (kind ? [kind.column, ...own] : own).map((column) => direction(column)),
    only: kind?.only,
    after: compare(further, 'after'),
    until: compare(upTo, 'until'),
  }
}

const rowOf = (parts: SQLWrapper[]) => sql`(${sql.join(parts, sql`, `)})`
