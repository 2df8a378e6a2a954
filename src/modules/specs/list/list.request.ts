import { hash } from 'node:crypto'
import type { Wanted } from '../../../database/words.ts'
import { anyText, decodeCursor, encodeCursor } from '../../../http/cursor.ts'
import { parseQuery, wordsMost } from '../../../search/query.ts'
import { tagToken } from '../../../search/tokens.ts'
import type { FoundSpec } from '../spec.ts'
import { InvalidParameterError } from '../specs.errors.ts'
import { placeOf, type Place, type Sort } from './list.order.repository.ts'
import type { ListQuery } from './list.schemas.ts'

const contentsMost = 100

/** Raises `InvalidParameterError` for more contents than a page may have. */
export function assertContents({ include, limit }: ListQuery): void {
  if (include === undefined || limit <= contentsMost) return
  throw new InvalidParameterError('limit', `must be at most ${contentsMost} with include=content`)
}

/**
 * What the words of `q` and `tag` ask the index for: `nothing` where no spec can have it, undefined where neither was
 * given. Raises `InvalidParameterError` for more words than may be asked for.
 */
export function wantedBy({ q, tag }: ListQuery): Wanted | 'nothing' | undefined {
  const tags = tag === undefined ? [] : [tagToken(tag)]
  if (q === undefined) return tag === undefined ? undefined : { whole: tags }
  const words = parseQuery(q)
  if (!words) return 'nothing'
  if (words.whole.length >= wordsMost) {
    throw new InvalidParameterError('q', `must be at most ${wordsMost} words`)
  }
  return { ...words, whole: [...words.whole, ...tags] }
}

/** The name of a list with its filters: a cursor of one is of no use to another. */
export function listOf({ q, tag, owner, format, visibility, sort }: ListQuery): string {
  const filters = JSON.stringify([q, tag, owner, format, visibility])
  return `specs ${sort} ${hash('sha256', filters, 'base64url').slice(0, 10)}`
}

export function cursorAfter(list: string, row: FoundSpec, sort: Sort): string {
  const { key, id } = placeOf(row, sort)
  return encodeCursor(list, [key, id])
}

/** Raises `InvalidCursorError`. */
export function placeIn(list: string, cursor: string, sort: Sort): Place {
  const [key, id] = decodeCursor(list, cursor, [keys[sort], ''])
  return { key: key as Place['key'], id: id as string }
}

const time = '2026-11-20T10:03:21.123Z'
const keys: Record<Sort, string | number | typeof anyText> = {
  new: time,
  updated: time,
  title: anyText,
  downloads: 0,
}
