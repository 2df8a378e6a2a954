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
  /** A statement that gives a row for each spec that the index has for `match`. */
  matches: SQL
  /** A statement that gives the rows of `specs` themselves. */
  specs: SQL
  /** The value of the placeholder `match` of both. */
  match: (wanted: Wanted) => string
  /** Whether a spec has what is wanted, by its tokens and not by the index. */
  holds: (id: SQL) => SQL
  /** The values of the placeholders of `holds`. */
  values: (wanted: Wanted) => Record<string, string>
  /** Whether to ask the index for what begins so takes longer than for whole words. */
  isDear: (prefix: string) => boolean
}
