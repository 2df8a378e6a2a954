import type { Format, Operation } from '../descriptions/description.ts'
import { cut, fold } from './fold.ts'

/** The longest token, in characters; words that are longer are cut, in texts and in queries alike. */
const longest = 64

/** The most tokens of a spec, and the most bytes of them: PostgreSQL's tsvector ends at 1 MiB. */
const tokensMost = 8_000
const bytesMost = 500_000

const titleKeyLongest = 40

export interface Searchable {
  slug: string
  title: string
  summary: string | null
  tags: readonly string[]
  format: Format
}

/** A run of letters and digits, with the marks that belong to them. */
const runs = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu

/** Where camelCase has its humps: `getPet`, `v2Beta`, `HTTPServer`. */
const humps = /(?<=[\p{Ll}\p{N}]\p{M}*)(?=\p{Lu})|(?<=\p{Lu}\p{M}*)(?=\p{Lu}\p{M}*\p{Ll})/u

/**
 * The tokens of a text, in its order: NFKC, split at all that is neither a letter nor a digit and at camelCase humps,
 * case and accents folded, each cut to 64 characters.
 */
export function tokenize(text: string): string[] {
  return runsOf(text).flatMap((run) => run.split(humps).map(tokenOf))
}

function runsOf(text: string): string[] {
  return text.normalize('NFKC').match(runs) ?? []
}

function tokenOf(word: string): string {
  return cut(fold(word), longest)
}

/** What titles are sorted by: their words folded, a blank between two, the first 40 characters. */
export function titleKeyOf(title: string): string {
  return cut(runsOf(title).map(fold).join(' '), titleKeyLongest).trimEnd()
}

/** The token that all specs of a tag have; no word of a query can equal it. */
export const tagToken = (tag: string) => `tag:${tag}`

/** The token that all specs of a format have; no word of a query can equal it. */
export const formatToken = (format: Format) => `format:${format}`

/**
 * What a spec is found by: different tokens of its slug, title, tags, summary, and of the paths, ids and summaries of
 * its operations, and the tokens of the filters. At most 8,000, and 500,000 bytes; the first ones stay.
 */
export function tokensOf(spec: Searchable, operations: readonly Operation[]): string[] {
  const tokens = new Set([formatToken(spec.format), ...spec.tags.map(tagToken)])
  const seen = new Set<string>()
  let bytes = 0

  /** Tells whether there is room for more. */
  function add(text: string): boolean {
    for (const run of runsOf(text)) {
      if (seen.has(run)) continue
      seen.add(run)
      for (const word of run.split(humps)) {
        const token = tokenOf(word)
        if (tokens.has(token)) continue
        bytes += Buffer.byteLength(token)
        if (tokens.size === tokensMost || bytes > bytesMost) return false
        tokens.add(token)
      }
    }
    return true
  }

  for (const text of textsOf(spec, operations)) if (!add(text)) break
  return [...tokens]
}

function* textsOf(spec: Searchable, operations: readonly Operation[]): Generator<string> {
  yield spec.slug
  yield spec.title
  yield* spec.tags
  yield spec.summary ?? ''
  for (const { path, operationId, summary } of operations) {
    yield path
    yield operationId ?? ''
    yield summary ?? ''
  }
}
