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

/** Where the rows come from, and what the index of the words is asked for to get them. */
interface Plan {
  source: Source
  asked?: Wanted
}

/**
 * The list of specs. Whatever is asked, no statement looks at more than some thousand rows, and the event loop has its
 * turn between two: SQLite's statements run on it.
 */
export function createSpecList(db: Queryable, tables: Tables, words: WordIndex) {
  const statements = lazy(() => createStatements(db, tables, words))

  async function haveFew(asked: Wanted, most = few): Promise<boolean> {
    const counted = { match: words.match(asked), most: most + 1 }
    const [row] = await statements().countWords.execute(counted)
    return (row?.count ?? 0) <= most
  }

  async function ownsFew(ownerId: string): Promise<boolean> {
    const [row] = await statements().countOwned.execute({ owner: ownerId, most: few + 1 })
    return (row?.count ?? 0) <= few
  }

  /** Few rows, sorted; or else those of an index that is in the order. */
  async function planOf({ sort, ownerId, reader, wanted, format }: ListQuery): Promise<Plan> {
    const asked = wanted ?? (format && { whole: [formatToken(format)] })
    const found = asked && (await planByWords(asked))
    if (found) return found
    const inOrder = ownerId !== undefined && sort === 'new'
    if (ownerId !== undefined && (wanted || !inOrder)) {
      if (await ownsFew(ownerId)) return { source: 'owned' }
    }
    if (inOrder) return { source: 'owner' }
    const isGuest = !reader.all && reader.userId === null
    return { source: isGuest && sort !== 'downloads' ? 'open' : 'all' }
  }

  async function planByWords(asked: Wanted): Promise<Plan | undefined> {
    const { whole, prefix } = asked
    if (prefix !== undefined && words.isDear(prefix)) {
      if (whole.length > 0 && (await haveFew({ whole }))) {
        return { source: 'words', asked: { whole } }
      }
      // One letter begins words of so many specs that to count them takes longer than to come upon some.
      if (prefix.length === 1) return undefined
    }
    return (await haveFew(asked)) ? { source: 'words', asked } : undefined
  }

  function shapeOf(query: ListQuery, { source, asked }: Plan): Omit<Shape, 'after' | 'until'> {
    const { sort, wanted, limit } = query
    return {
      sort,
      source,
      filtered: isFiltered(query, source),
      worded: wanted !== undefined && asked !== wanted,
      size: sizes.find((size) => size >= limit) ?? 101,
    }
  }

  function valuesOf(query: ListQuery, { asked }: Plan): Record<string, unknown> {
    const { reader, ownerId, visibility, format, wanted } = query
    return {
      all: reader.all ? 1 : 0,
      me: reader.userId ?? '',
      owner: ownerId ?? '',
      visibility: visibility ?? '',
      format: format ?? '',
      ...(asked && { match: words.match(asked) }),
      ...(wanted && words.values(wanted)),
    }
  }

  /** Goes on behind the last of some rows until there are enough. */
  async function collect(query: ListQuery, plan: Plan, rows: FoundSpec[]): Promise<FoundSpec[]> {
    const { sort, limit, wanted } = query
    const shape = shapeOf(query, plan)
    const values = valuesOf(query, plan)
    const { source } = plan
    const walked = source === 'words' || source === 'owned' ? undefined : source
    const isLong = shape.filtered || shape.worded
    const behind = () => (rows.length > 0 ? placeOf(rows.at(-1) as FoundSpec, sort) : query.after)
    let place = behind()
    let until: Place | undefined

    for (let strides = 0; ;) {
      const after = place !== undefined
      if (walked && isLong && until === undefined) {
        const stride = statements().stride(sort, walked, after)
        const [end] = await stride.execute({ ...values, ...named('after', place) })
        until = end
      }
      const page = statements().page({ ...shape, after, until: until !== undefined })
      const places = { ...named('after', place), ...named('until', until) }
      const found = await page.execute({ ...values, ...places })
      for (const row of found) rows.push(toFoundSpec(row))
      if (rows.length >= limit) return rows.slice(0, limit)

      await turn()
      if (found.length === shape.size) {
        place = behind()
        continue
      }
      if (until === undefined) return rows
      place = until
      until = undefined
      strides++
      if (strides === 1 && wanted && (await haveFew(wanted, fewAfterAll))) {
        return collect({ ...query, after: place }, { source: 'words', asked: wanted }, rows)
      }
    }
  }

  return {
    /** At most `limit` rows after a place, in the order that is asked for. */
    async list(query: ListQuery): Promise<FoundSpec[]> {
      const visible = visibleTo(query)
      return visible ? collect(visible, await planOf(visible), []) : []
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
