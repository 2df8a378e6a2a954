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

/**
 * The orders in SQL. Where rows are of one kind first, the kind is part of the order although it is the same for all:
 * PostgreSQL would take another index otherwise, and pass over what is of other kinds.
 */
export function createOrders({ specs, downloads }: Tables) {
  const open: Kind = { column: specs.open, value: sql.param(true, specs.open) }
  const owner: Kind = { column: specs.ownerId, value: sql.placeholder('owner') }
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

interface Kind {
  column: Column
  value: SQLWrapper
}

function orderAlong<Key extends Column | SQL>(
  key: Key,
  id: Column,
  direction: typeof asc,
  kind?: Kind,
) {
  const columns = kind ? [kind.column, key, id] : [key, id]
  const place = (name: string) => {
    const own = [sql.placeholder(`${name}Key`), sql.placeholder(`${name}Id`)]
    return rowOf(kind ? [kind.value, ...own] : own)
  }
  const [further, upTo] = direction === asc ? [sql`>`, sql`<=`] : [sql`<`, sql`>=`]
  const [fromFirst, toLast] = direction === asc ? [sql`>=`, sql`<=`] : [sql`<=`, sql`>=`]
  return {
    key,
    id,
    by: columns.map((column) => direction(column)),
    // One bound at each end: of two, SQLite would take the wider one.
    begin: {
      first: kind && sql`${kind.column} ${fromFirst} ${kind.value}`,
      after: sql`${rowOf(columns)} ${further} ${place('after')}`,
    },
    end: {
      last: kind && sql`${kind.column} ${toLast} ${kind.value}`,
      until: sql`${rowOf(columns)} ${upTo} ${place('until')}`,
    },
  }
}

const rowOf = (parts: SQLWrapper[]) => sql`(${sql.join(parts, sql`, `)})`
