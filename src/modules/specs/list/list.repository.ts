import { setImmediate as turn } from 'node:timers/promises'
import type { Queryable } from '../../../database/database.ts'
import type { Visibility } from '../../../database/tables/spec.tables.ts'
import type { Tables } from '../../../database/tables/tables.ts'
import type { Wanted, WordIndex } from '../../../database/words.ts'
import type { Format } from '../../../descriptions/description.ts'
import { lazy } from '../../../lazy.ts'
import { formatToken } from '../../../search/tokens.ts'
import { toFoundSpec, type FoundSpec } from '../specs.columns.repository.ts'
import { placeOf, type Place, type Sort } from './list.order.repository.ts'
import { createStatements, sizes, type Shape, type Source } from './list.statements.repository.ts'

export interface ListQuery {
  sort: Sort
  limit: number
  after?: Place
  /** `all`: who sees every spec. Others see those that are open, and their own; a guest has no id. */
  reader: { all: boolean; userId: string | null }
  ownerId?: string
  visibility?: Visibility
  format?: Format
  /** The words that were asked for. */
  wanted?: Wanted
}

/** Up to so many specs are sorted anew for each page; more are come upon soon enough along the order's index. */
const few = 2_000
/** The same once a stride was walked in vain. */
const fewAfterAll = 10_000

/**
 * The list of specs. Whatever is asked, no statement looks at more than some thousand rows, and the event loop has its
 * turn between two: SQLite's statements run on it.
 */
export function createSpecList(db: Queryable, tables: Tables, words: WordIndex) {
  const statements = lazy(() => createStatements(db, tables, words))

  async function isFew(query: ListQuery, source: Source, most: number): Promise<boolean> {
    const { countWords, countOwned } = statements()
    const count = source === 'words' ? countWords : countOwned
    const [row] = await count.execute({ ...valuesOf(query), most: most + 1 })
    return (row?.count ?? 0) <= most
  }

  /** Few rows, sorted; or those of an index that is in the order. */
  async function sourceOf(query: ListQuery): Promise<Source> {
    const { sort, ownerId, reader } = query
    const wanted = wantedOf(query)
    if (wanted && (await isFew(query, 'words', few))) return 'words'
    const ownerSorted = ownerId !== undefined && sort === 'new'
    if (ownerId !== undefined && (wanted || !ownerSorted)) {
      if (await isFew(query, 'owned', few)) return 'owned'
    }
    if (ownerSorted) return 'owner'
    return reader.all || reader.userId !== null || sort === 'downloads' ? 'all' : 'open'
  }

  function shapeOf(query: ListQuery, source: Source): Omit<Shape, 'after' | 'until'> {
    const { sort, wanted, limit } = query
    return {
      sort,
      source,
      filtered: isFiltered(query, source),
      worded: source !== 'words' && wanted !== undefined,
      size: sizes.find((size) => size >= limit) ?? sizes[sizes.length - 1] ?? 101,
    }
  }

  function valuesOf(query: ListQuery): Record<string, unknown> {
    const { reader, ownerId, visibility, format } = query
    const wanted = wantedOf(query)
    return {
      all: reader.all ? 1 : 0,
      me: reader.userId ?? '',
      owner: ownerId ?? '',
      visibility: visibility ?? '',
      format: format ?? '',
      ...(wanted && words.values(wanted)),
    }
  }

  /** Goes on from a place until there are enough rows. */
  async function collect(
    query: ListQuery,
    source: Source,
    rows: FoundSpec[],
  ): Promise<FoundSpec[]> {
    const shape = shapeOf(query, source)
    const values = valuesOf(query)
    const walked = source === 'words' || source === 'owned' ? undefined : source
    const isLong = shape.filtered || shape.worded
    let place = rows.length > 0 ? placeOf(rows.at(-1) as FoundSpec, query.sort) : query.after
    let until: Place | undefined

    for (let strides = 0; ;) {
      const after = place !== undefined
      if (walked && isLong && until === undefined) {
        const stride = statements().stride(query.sort, walked, after)
        const [end] = await stride.execute({ ...values, ...named('after', place) })
        until = end
      }
      const page = statements().page({ ...shape, after, until: until !== undefined })
      const found = await page.execute({
        ...values,
        ...named('after', place),
        ...named('until', until),
      })
      for (const row of found) rows.push(toFoundSpec(row))
      if (rows.length >= query.limit) return rows.slice(0, query.limit)

      await turn()
      if (found.length === shape.size) {
        place = placeOf(rows.at(-1) as FoundSpec, query.sort)
        continue
      }
      if (until === undefined) return rows
      place = until
      until = undefined
      strides++
      if (strides === 1 && wantedOf(query) && (await isFew(query, 'words', fewAfterAll))) {
        return collect({ ...query, after: place }, 'words', rows)
      }
    }
  }

  return {
    /** At most `limit` rows after a place, in the order that is asked for. */
    async list(query: ListQuery): Promise<FoundSpec[]> {
      const visible = visibleTo(query)
      return visible ? collect(visible, await sourceOf(visible), []) : []
    },
  }
}

/** A private spec is its owner's, for those who do not see all. Undefined where nothing can be seen. */
function visibleTo(query: ListQuery): ListQuery | undefined {
  const { reader, visibility, ownerId } = query
  if (reader.all || visibility !== 'private') return query
  if (reader.userId === null) return undefined
  if (ownerId !== undefined && ownerId !== reader.userId) return undefined
  return { ...query, ownerId: reader.userId }
}

/** What the index of the words is asked for: it has a token for each format, too. */
function wantedOf({ wanted, format }: ListQuery): Wanted | undefined {
  if (format === undefined) return wanted
  return { ...wanted, whole: [...(wanted?.whole ?? []), formatToken(format)] }
}

/** Whether a source may have rows that are not asked for, or not for the reader to see. */
function isFiltered({ reader, visibility, format, ownerId }: ListQuery, source: Source): boolean {
  if (visibility !== undefined || format !== undefined) return true
  if (source === 'open') return ownerId !== undefined
  if (source === 'owner') return !reader.all && reader.userId !== ownerId
  return !reader.all || ownerId !== undefined
}

function named(name: 'after' | 'until', place: Place | undefined) {
  return place && { [`${name}Key`]: place.key, [`${name}Id`]: place.id }
}
