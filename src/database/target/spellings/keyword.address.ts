import { TargetError } from '../error.ts'
import { toPostgresTarget } from '../postgres.target.ts'
import type { Pair } from '../parameters/query.ts'
import type { ParsedTarget, TargetOptions } from '../target.ts'

const begins = /^[a-z_]+\s*=/i
/** What tells it from other texts with a sign of equality: some of its parts. */
const holdsPart = /(?:^|\s)(?:host|hostaddr|user|dbname|service|password)\s*=/i
// One after the other, each up to the next blank: a value in quotes, or one where a backslash takes meaning away.
const piece =
  /([a-z_]+)\s*=\s*(?:'((?:[^'\\]|\\[^])*)'(?=\s|$)|((?:[^\s\\']|\\[^])(?:[^\s\\]|\\[^])*)?(?=\s|$))\s*/iy

/** Reads `host=… port=… user=… password='…' dbname=…`, as libpq and the drivers of Go have it. Raises `TargetError`. */
export function parseKeywords(text: string, options: TargetOptions): ParsedTarget | undefined {
  if (!begins.test(text) || !holdsPart.test(text)) return undefined
  return toPostgresTarget({ pairs: keywordPairs(text) }, options)
}

function keywordPairs(text: string): Pair[] {
  const pairs: Pair[] = []
  for (let at = 0; at < text.length; at = piece.lastIndex) {
    piece.lastIndex = at
    const [, name = '', quoted, bare = ''] = piece.exec(text) ?? []
    if (name === '') {
      throw new TargetError(
        "The address cannot be read as name=value pairs. Put values with blanks into quotes, as in password='p w', and a backslash before quotes in them.",
      )
    }
    pairs.push([name.toLowerCase(), (quoted ?? bare).replaceAll(/\\([^])/g, '$1')])
  }
  return pairs
}
