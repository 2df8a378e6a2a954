/** For how long rows are kept: for ever, or so many seconds after the time in a column. */
export type Retention = 'forever' | { column: string; seconds: number }

/**
 * What a table says of itself besides its columns.
 *
 * - `data` is always exported and never pruned by itself; `history` is exported when asked for;
 *   `transient` never leaves the database.
 * - `credentials` are columns that an export seals or leaves out; they are nullable.
 * - `immutable` are columns that never change once a row is there: an import that would is refused; one that replaces
 *   may change those of data, which then is what it was elsewhere, and none of history.
 * - `rules` are what an imported value must keep to, beyond its type, by the key of its column: what the service
 *   makes sure of by itself whenever it writes. A credential keeps to its rule once it is opened.
 */
export type Declaration =
  | { class: 'data'; credentials?: string[]; rules?: Rules; immutable?: string[] }
  | { class: 'history'; retention: Retention; rules?: Rules; immutable?: string[] }
  | { class: 'transient'; retention: Retention }

export type Rules = Record<string, Rule>

/**
 * A pattern, one with a most of bytes, a list, a range, another column of the row whose time is earlier where both have one, another column of
 * which it is the SHA-256 in hexadecimal, the column whose length in bytes it is in the row that `through` refers to,
 * or a JSON Schema.
 */
export type Rule =
  | RegExp
  | { pattern: RegExp; mostBytes: number }
  | readonly string[]
  | Range
  | { after: string }
  | { sha256Of: string }
  | { bytesOf: string; through: string }
  | { schema: object }

/** Of an integer, or of a text's length in characters (code points); both ends belong to it. */
export interface Range {
  least: number
  most: number
}

/** What the id of every row is, so that paths and cursors can name it. */
export const idPattern = /^[0-9A-Za-z][0-9A-Za-z._-]{0,99}$/
