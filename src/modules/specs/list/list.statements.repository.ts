import { aliasedTable, and, eq, sql, type SQL } from 'drizzle-orm'
import type { Queryable } from '../../../database/database.ts'
import type { Tables } from '../../../database/tables/tables.ts'
import type { WordIndex } from '../../../database/words.ts'
import { flatSpec, type FlatSpec } from '../specs.columns.repository.ts'
import { createOrders, type Order, type Place, type Sort } from './list.order.repository.ts'

/** Where a page's rows come from, in the order of an index: all specs, those that are open, an owner's (by `new`). */
export type WalkedSource = 'all' | 'open' | 'owner'

/** Or sorted anew for each page, for they are few: those of the words, those that are owned by somebody. */
export type Source = WalkedSource | 'words' | 'owned'

export interface Shape {
  sort: Sort
  source: Source
  /** Whether rows of the source may not belong to the list. */
  filtered: boolean
  /** Whether that holds of the words, too. */
  worded: boolean
  /** Whether it begins after a place, and ends at one. */
  after: boolean
  until: boolean
  size: Size
}

/** How many rows a statement gives: written into it, for PostgreSQL plans no number that it does not know well. */
export const sizes = [21, 51, 101] as const

export type Size = (typeof sizes)[number]

const limits = { 21: sql`21`, 51: sql`51`, 101: sql`101` } as unknown as Record<Size, number>

/** How many rows one statement looks at, at most, when it walks along an index. */
export const stride = 2_000

const oneRow = sql`1` as unknown as number
const strideBefore = sql`1999` as unknown as number

interface Prepared<Row> {
  execute: (values: Record<string, unknown>) => Promise<Row[]>
}

/** The statements of the list, each prepared when it is first asked for. */
export function createStatements(db: Queryable, own: Tables, words: WordIndex) {
  // Under a name without a schema: rows of a statement within the statement are called so, too.
  const tables = { ...own, specs: aliasedTable(own.specs, 'specs') }
  const { specs, versions, downloads } = tables
  const p = sql.placeholder
  const orders = createOrders(tables)
  const owner = sql`coalesce(${specs.ownerId}, '')`
  const pages = new Map<string, Prepared<FlatSpec>>()
  const strides = new Map<string, Prepared<Place>>()

  /**
   * What a reader may see, and asked for: filters that were not given hold of everything. As expressions, so that no
   * planner takes an index for them instead of the one that has the order.
   */
  const filters = and(
    sql`(coalesce(${specs.open}, ${false}) or ${p('all')} = 1 or ${owner} = ${p('me')})`,
    sql`(${p('owner')} = '' or ${owner} = ${p('owner')})`,
    sql`(${p('visibility')} = '' or ${specs.visibility} = ${p('visibility')})`,
    sql`(${p('format')} = '' or ${specs.format} = ${p('format')})`,
  )

  function conditions({ filtered, worded, after, until }: Shape, order: Order) {
    return and(
      filtered ? filters : undefined,
      worded ? words.holds(sql`${specs.id}`) : undefined,
      order.only,
      after ? order.after : undefined,
      until ? order.until : undefined,
    )
  }

  const withLatest = eq(versions.id, specs.latestId)
  const withCount = eq(downloads.id, specs.id)

  /** Rows as an index has them, one after another. */
  function walk(shape: Shape, order: Order) {
    const base = db.select(flatSpec(tables))
    const rows =
      shape.sort === 'downloads'
        ? base.from(downloads).crossJoin(specs)
        : base.from(specs).leftJoin(downloads, withCount)
    return rows
      .leftJoin(versions, withLatest)
      .where(and(shape.sort === 'downloads' ? withCount : undefined, conditions(shape, order)))
      .orderBy(...order.by)
      .limit(limits[shape.size])
  }

  // Both with an end, so that no database takes the index of the order, and looks at all there is for a few.
  const { by, only: ofOwner } = orders.owner.new
  const owned = sql`(select * from ${own.specs} where ${ofOwner}
    order by ${sql.join(by, sql`, `)} limit 2001) as ${specs}`

  const found = sql`(${words.specs} limit 10001) as ${specs}`

  /** The first of some rows in an order that they do not come in; only those are read whole. */
  function sorted(shape: Shape) {
    const order = orders.sorted[shape.sort]
    const first = db
      .select({ id: sql<string>`${specs.id}`.as('first_id') })
      .from(shape.source === 'words' ? found : owned)
      .where(conditions(shape, order))
      .orderBy(...order.by)
      .limit(limits[shape.size])
      .as('first')
    return db
      .select(flatSpec(tables))
      .from(first)
      .crossJoin(specs)
      .leftJoin(downloads, withCount)
      .leftJoin(versions, withLatest)
      .where(eq(specs.id, first.id))
      .orderBy(...orders.all[shape.sort].by)
  }

  function prepare(shape: Shape): Prepared<FlatSpec> {
    const { source, sort } = shape
    const isSorted = source === 'words' || source === 'owned'
    const statement = isSorted ? sorted(shape) : walk(shape, orders[source][sort])
    return statement.prepare(`spec_list_${nameOf(shape)}`) as unknown as Prepared<FlatSpec>
  }

  /** The place of the last row that a stride from a place goes over. */
  function prepareStride(sort: Sort, source: WalkedSource, isAfter: boolean): Prepared<Place> {
    const { key, id, by, only, after } = orders[source][sort]
    const place = db
      .select({ key: sql`${key}`.mapWith(key), id: sql`${id}`.mapWith(id) })
      .from(sort === 'downloads' ? downloads : specs)
      .where(and(only, isAfter ? after : undefined))
      .orderBy(...by)
      .limit(oneRow)
      .offset(strideBefore)
    return place.prepare(`spec_stride_${sort}_${source}_${isAfter}`) as unknown as Prepared<Place>
  }

  const countOf = (rows: SQL, name: string) =>
    db
      .select({ count: sql<number>`count(*)`.mapWith(Number) })
      .from(sql`(${rows} limit ${p('most')}) as counted`)
      .prepare(name)

  return {
    page: (shape: Shape) => cached(pages, nameOf(shape), () => prepare(shape)),

    stride(sort: Sort, source: WalkedSource, isAfter: boolean) {
      const make = () => prepareStride(sort, source, isAfter)
      return cached(strides, `${sort} ${source} ${isAfter}`, make)
    },

    /** How many specs the words fit, but no more than `most`. */
    countWords: countOf(words.matches, 'spec_list_count_words'),

    /** How many specs somebody owns, but no more than `most`. */
    countOwned: countOf(
      sql`select 1 from ${own.specs} where ${ofOwner} order by ${sql.join(by, sql`, `)}`,
      'spec_list_count_owned',
    ),
  }
}

function nameOf({ sort, source, filtered, worded, after, until, size }: Shape): string {
  return [sort, source, filtered, worded, after, until, size].join('_')
}

function cached<Value>(known: Map<string, Value>, name: string, make: () => Value): Value {
  const found = known.get(name) ?? make()
  known.set(name, found)
  return found
}
