import type { CheckedTable } from '../check/check.ts'
import type { CheckedImport } from '../import.ts'
import type { TableStore } from './store.ts'
import type { UserConflicts } from './users.ts'

/** One table's part of an import, and what it is written with. */
export interface TableImport {
  part: CheckedTable
  checked: CheckedImport
  store: TableStore
  mode: 'merge' | 'replace'
  users: UserConflicts
}

/** A function that gives the id of a row of the table. */
export function idReader({ idIndex }: CheckedTable['table']): (row: unknown[]) => string {
  return (row) => row[idIndex] as string
}
