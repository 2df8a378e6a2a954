import type { SQL } from 'drizzle-orm'

/** What is looked for: specs that have every token of `whole`, and one that begins with `prefix`. */
export interface Wanted {
  whole: readonly string[]
  prefix?: string
}

/** The most tokens of `whole`. */
export const wholeMost = 9

/** How a database finds specs by the words of `spec_tokens`: the migrations tell of its index. */
export interface WordIndex {
  /** A statement that gives a row for each spec that has what is wanted, straight from the index. */
  matches: SQL
  /** The same rows, each with the `id` of its spec. */
  ids: SQL
  /** Whether the spec of this id has what is wanted, without the index. */
  holds: (id: SQL) => SQL
  /** The values of the placeholders of all three. */
  values: (wanted: Wanted) => Record<string, string>
}
