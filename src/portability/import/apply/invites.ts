import type { RegisteredTable } from '../../registry.ts'

/**
 * Holds the rows of invites to a single use: one that was used here stays used, whatever a merged import says, and a
 * used one has no token. Gives a function that mends a row, beside the one that is there; undefined for other tables.
 */
export function createSingleUse(table: RegisteredTable, mode: 'merge' | 'replace') {
  if (table.name !== 'invites') return undefined
  const place = (key: string) => table.columns.findIndex((column) => column.key === key)
  const [usedAt, usedBy, tokenHash] = [place('usedAt'), place('usedBy'), place('tokenHash')]

  return (there: unknown[] | undefined, row: unknown[]): void => {
    if (mode === 'merge' && there && there[usedAt] !== null && row[usedAt] === null) {
      row[usedAt] = there[usedAt]
      row[usedBy] = there[usedBy]
    }
    if (row[usedAt] !== null) row[tokenHash] = null
  }
}
