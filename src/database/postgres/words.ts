import { sql } from 'drizzle-orm'
import type { WordIndex } from '../words.ts'

// In a statement of its own the planner does not look at it: it would take a common word for a reason to read the
// whole table, of which it does not know how long each row takes.
const query = sql`(select cast(${sql.placeholder('match')} as tsquery))`

/** GIN over a tsvector. */
export const postgresWords: WordIndex = {
  matches: sql`select 1 from spec_tokens where vector @@ ${query}`,
  ids: sql`select spec_tokens.id from spec_tokens where vector @@ ${query}`,
  holds: (id) => sql`(select k.vector @@ ${query} from spec_tokens k where k.id = ${id})`,

  values({ whole, prefix }) {
    const terms = whole.map((word) => quoted(word))
    if (prefix !== undefined) terms.push(`${quoted(prefix)}:*`)
    return { match: terms.join(' & ') }
  },
}

const quoted = (word: string) => `'${word.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
