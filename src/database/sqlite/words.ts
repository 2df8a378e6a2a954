import { sql } from 'drizzle-orm'
import { wholeMost, type WordIndex } from '../words.ts'

const p = sql.placeholder
const slots = Array.from({ length: wholeMost }, (_, i) => `whole${i}`)

const match = sql`holdfast_search match ${p('match')}`

/** FTS5: it gives rows one after another, so that a few of many cost little. */
export const sqliteWords: WordIndex = {
  matches: sql`select 1 from holdfast_search where ${match}`,

  // A cross join: SQLite keeps its order.
  ids: sql`select r.spec_id as id from holdfast_search cross join holdfast_search_rows r
    where ${match} and r.number = holdfast_search.rowid`,

  // Asking the index about one row takes longer than to look through its tokens.
  holds(id) {
    const has = slots.map((slot) => sql`(${p(slot)} = '' or instr(k.t, ${p(slot)}) > 0)`)
    return sql`(select ${sql.join(has, sql` and `)} and instr(k.t, ${p('prefix')}) > 0
      from (select ' ' || tokens || ' ' as t from spec_tokens where spec_tokens.id = ${id}) as k)`
  },

  values({ whole, prefix }) {
    const terms = whole.map((word) => quoted(word))
    if (prefix !== undefined) terms.push(`${quoted(prefix)}*`)
    const values: Record<string, string> = {
      match: terms.join(' AND '),
      prefix: ` ${prefix ?? ''}`,
    }
    for (const [i, slot] of slots.entries()) {
      const word = whole[i]
      values[slot] = word === undefined ? '' : ` ${word} `
    }
    return values
  },
}

const quoted = (word: string) => `"${word.replaceAll('"', '""')}"`
