import { sql } from 'drizzle-orm'
import type { Wanted, WordIndex } from '../words.ts'

// In a statement of its own the planner does not look at it: it would take a common word for a reason to read the
// whole table, of which it does not know how long each row takes.
const query = (name: string) => sql`(select cast(${sql.placeholder(name)} as tsquery))`

const isMatch = sql`vector @@ ${query('match')}`

/** GIN over a tsvector. */
export const postgresWords: WordIndex = {
  matches: sql`select 1 from spec_tokens where ${isMatch}`,
  // One by one: without statistics the planner would rather read all specs.
  specs: sql`select found.* from spec_tokens k
    cross join lateral (select * from specs where specs.id = k.id offset 0) found where k.${isMatch}`,
  match: toQuery,
  holds: (id) => sql`(select k.vector @@ ${query('wanted')} from spec_tokens k where k.id = ${id})`,
  values: (wanted) => ({ wanted: toQuery(wanted) }),
  // GIN gathers the rows of every word that begins so: of one letter, a tenth of all.
  isDear: (prefix) => Array.from(prefix).length === 1,
}

function toQuery({ whole, prefix }: Wanted): string {
  const terms = whole.map((word) => quoted(word))
  return [...terms, ...(prefix === undefined ? [] : [`${quoted(prefix)}:*`])].join(' & ')
}

const quoted = (word: string) => `'${word.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
