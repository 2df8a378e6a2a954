/** For how long rows are kept: for ever, or so many seconds after the time in a column. */
export type Retention = 'forever' | { column: string; seconds: number }

/**
 * What a table says of itself besides its columns.
 *
 * - `data` is always exported and never pruned by itself; `history` is exported when asked for;
 *   `transient` never leaves the database.
 * - `credentials` are columns that an export seals or leaves out; they are nullable.
 * - `rules` are what an imported value must match, beyond its type: a pattern or a list.
 */
export type Declaration =
  | { class: 'data'; credentials?: string[]; rules?: Rules }
  | { class: 'history'; retention: Retention; rules?: Rules }
  | { class: 'transient'; retention: Retention }

export type Rules = Record<string, RegExp | readonly string[]>
