import { sql } from 'drizzle-orm'
import { wholeMost, type WordIndex } from '../words.ts'

const p = sql.placeholder
const slots = Array.from({ length: wholeMost }, (_, i) => `whole${i}`)

const isMatch = sql`holdfast_search match ${p('match')}`

/** FTS5: it gives rows one after another, so that a few of many cost little. */
export const sqliteWords: WordIndex = {
  matches: sql`select 1 from holdfast_search where ${isMatch}`,

  // Cross joins: SQLite keeps their order.
  specs: sql`select specs.* from holdfast_search cross join holdfast_search_rows r cross join specs
    where ${isMatch} and r.number = holdfast_search.rowid and specs.id = r.spec_id`,

  match({ whole, prefix }) {
    const terms = whole.map((word) => quoted(word))
    return [...terms, ...(prefix === undefined ? [] : [`${quoted(prefix)}*`])].join(' AND ')
  },

  // To ask the index about one row takes longer than to look through its tokens.
  holds(id) {
    const has = slots.map((slot) => sql`(${p(slot)} = '' or instr(k.t, ${p(slot)}) > 0)`)
    return sql`(select ${sql.join(has, sql` and `)} and instr(k.t, ${p('prefix')}) > 0
      from (select ' ' || tokens || ' ' as t from spec_tokens where spec_tokens.id = ${id}) as k)`
  },

  values({ whole, prefix = '' }) {
    const filled = slots.map((slot, i) => [slot, whole[i] === undefined ? '' : ` ${whole[i]} `])
    return { ...Object.fromEntries(filled), prefix: ` ${prefix}` }
  },

  // The index has all beginnings of two and of three characters. For others it gathers the rows of every word that
  // begins so, before it gives the first: a third of a microsecond each.
  isDear: (prefix) => ![2, 3].includes(Array.from(prefix).length),
}

const quoted = (word: string) => `"${word.replaceAll('"', '""')}"`
