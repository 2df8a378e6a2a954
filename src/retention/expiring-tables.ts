import type { Declaration } from '../database/tables/declaration.ts'
import { declarations } from '../database/tables/tables.ts'

type Declared = typeof declarations

/** The key in `Database.tables` of a table whose rows are kept for a time only. */
export type ExpiringKey = {
  [Key in keyof Declared]: Declared[Key] extends { retention: object } ? Key : never
}[keyof Declared]

export interface ExpiringTable<Key = ExpiringKey> {
  table: Key
  /** The key of the column with the time that it goes by. */
  column: string
  /** How long after that time a row stays. */
  seconds: number
}

/** The tables whose rows are kept for a time only, by what they declare; never one of data. */
export const expiringTables = expiringOf(declarations) as readonly ExpiringTable[]

/** See `expiringTables`. */
export function expiringOf(declared: Record<string, Declaration>): ExpiringTable<string>[] {
  return Object.entries(declared).flatMap(([table, declaration]) => {
    if (declaration.class === 'data' || declaration.retention === 'forever') return []
    return [{ table, ...declaration.retention }]
  })
}
