import { sql } from 'drizzle-orm'
import type { Tables } from '../tables/tables.ts'
import type { Wanted, WordIndex } from '../words.ts'

// In a statement of its own the planner does not look at it: it would take a common word for a reason to read the
// whole table, of which it does not know how long each row takes.
const query = (name: string) => sql`(select cast(${sql.placeholder(name)} as tsquery))`

/** GIN over a tsvector. */
export function createPostgresWords({ specs, specTokens }: Tables): WordIndex {
  const isMatch = sql`k.vector @@ ${query('match')}`
  return {
    matches: sql`select 1 from ${specTokens} k where ${isMatch}`,
    // One by one: without statistics the planner would rather read all specs.
    specs: sql`select found.* from ${specTokens} k
      cross join lateral (select * from ${specs} s where s.id = k.id offset 0) found where ${isMatch}`,
    match: toQuery,
    holds: (id) =>
      sql`(select k.vector @@ ${query('wanted')} from ${specTokens} k where k.id = ${id})`,
    values: (wanted) => ({ wanted: toQuery(wanted) }),
    // GIN gathers the rows of every word that begins so: of one letter, a tenth of all.
    isDear: (prefix) => Array.from(prefix).length === 1,
  }
}

function toQuery({ whole, prefix }: Wanted): string {
  const terms = whole.map((word) => quoted(word))
  return [...terms, ...(prefix === undefined ? [] : [`${quoted(prefix)}:*`])].join(' & ')
}

const quoted = (word: string) => `'${word.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
