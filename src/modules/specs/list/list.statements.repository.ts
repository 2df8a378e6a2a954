import { and, eq, sql, type SQL } from 'drizzle-orm'
import type { Queryable } from '../../../database/database.ts'
import type { Tables } from '../../../database/tables/tables.ts'
import type { WordIndex } from '../../../database/words.ts'
import { flatSpec, type FlatSpec } from '../specs.columns.repository.ts'
import { createOrders, type Sort } from './list.order.repository.ts'

/**
 * Where a page's rows come from. In the order of an index: `all` specs, the `open` ones, an `owner`'s. Sorted anew
 * for each page, for when they are few: those of the `words`, those that are `owned` by somebody.
 */
export type Source = 'all' | 'open' | 'owner' | 'words' | 'owned'

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
export function createStatements(db: Queryable, tables: Tables, words: WordIndex) {
  const { specs, versions, downloads } = tables
  const p = sql.placeholder
  const orders = createOrders(tables)
  const pages = new Map<string, Prepared<FlatSpec>>()
  const strides = new Map<string, Prepared<{ key: string | number; id: string }>>()

  const ofOwner = eq(specs.ownerId, p('owner'))
  const isOpen = eq(specs.open, p('open'))

  /** What a reader may see, and asked for: filters that were not given hold of everything. */
  const filters = and(
    sql`(${eq(specs.open, true)} or ${p('all')} = 1 or ${specs.ownerId} = ${p('me')})`,
    sql`(${p('owner')} = '' or ${specs.ownerId} = ${p('owner')})`,
    sql`(${p('visibility')} = '' or ${specs.visibility} = ${p('visibility')})`,
    sql`(${p('format')} = '' or ${specs.format} = ${p('format')})`,
  )

  function conditions({ sort, source, filtered, worded, after, until }: Shape): SQL | undefined {
    const order = orders[sort]
    return and(
      sort === 'downloads' ? eq(specs.id, downloads.id) : undefined,
      source === 'open' ? isOpen : undefined,
      source === 'owner' || source === 'owned' ? ofOwner : undefined,
      source === 'words' ? sql`${specs.id} = found.id` : undefined,
      filtered ? filters : undefined,
      worded ? words.holds(sql`${specs.id}`) : undefined,
      after ? order.after : undefined,
      until ? order.until : undefined,
    )
  }

  /** Rows as an index has them, one after another. */
  function walk(shape: Shape) {
    const { by } = orders[shape.sort]
    const base = db.select(flatSpec(tables))
    const from =
      shape.sort === 'downloads'
        ? base.from(downloads).crossJoin(specs)
        : base.from(specs).leftJoin(downloads, eq(downloads.id, specs.id))
    return from
      .leftJoin(versions, eq(versions.id, specs.latestId))
      .where(conditions(shape))
      .orderBy(...by)
      .limit(limits[shape.size])
  }

  /** The first of the rows in their order; only those are read whole. */
  function sorted(shape: Shape) {
    const { by } = orders[shape.sort]
    const base = db.select({ id: specs.id })
    const source =
      shape.source === 'words'
        ? base.from(sql`(${words.ids}) as found`).crossJoin(specs)
        : base.from(specs)
    const first = (shape.sort === 'downloads' ? source.crossJoin(downloads) : source)
      .where(conditions(shape))
      .orderBy(...by)
      .limit(limits[shape.size])
      .as('first')
    return db
      .select(flatSpec(tables))
      .from(first)
      .crossJoin(specs)
      .leftJoin(downloads, eq(downloads.id, specs.id))
      .leftJoin(versions, eq(versions.id, specs.latestId))
      .where(eq(specs.id, first.id))
      .orderBy(...by)
  }

  function prepare(shape: Shape): Prepared<FlatSpec> {
    const isWalk = shape.source !== 'words' && shape.source !== 'owned'
    const statement = isWalk ? walk(shape) : sorted(shape)
    return statement.prepare(`spec_list_${nameOf(shape)}`) as unknown as Prepared<FlatSpec>
  }

  /** The place of the last row that a stride from a place goes over. */
  function prepareStride({ sort, source, after }: Shape) {
    const { key, id, by, after: afterPlace } = orders[sort]
    const where = and(
      source === 'open' ? isOpen : undefined,
      source === 'owner' ? ofOwner : undefined,
      after ? afterPlace : undefined,
    )
    return db
      .select({ key: sql`${key}`.mapWith(key), id: sql`${id}`.mapWith(id) })
      .from(sort === 'downloads' ? downloads : specs)
      .where(where)
      .orderBy(...by)
      .limit(oneRow)
      .offset(strideBefore)
      .prepare(`spec_stride_${sort}_${source}_${after}`) as unknown as Prepared<{
      key: string | number
      id: string
    }>
  }

  return {
    page: (shape: Shape) => cached(pages, nameOf(shape), () => prepare(shape)),

    stride(shape: Shape) {
      const name = `${shape.sort} ${shape.source} ${shape.after}`
      return cached(strides, name, () => prepareStride(shape))
    },

    /** How many specs the words fit, but no more than `most`. */
    countWords: db
      .select({ count: sql<number>`count(*)`.mapWith(Number) })
      .from(sql`(${words.matches} limit ${p('most')}) as counted`)
      .prepare('spec_list_count_words'),

    /** How many specs somebody owns, but no more than `most`. */
    countOwned: db
      .select({ count: sql<number>`count(*)`.mapWith(Number) })
      .from(db.select({ id: specs.id }).from(specs).where(ofOwner).limit(p('most')).as('counted'))
      .prepare('spec_list_count_owned'),
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
