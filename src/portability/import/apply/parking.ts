import type { CheckedTable } from '../check/check.ts'
import type { TableStore } from './store.ts'

/** Gives rows another unique value for as long as theirs is being given to another row. */
export function createParking(store: TableStore, { table, ids }: CheckedTable) {
  const parked = new Set<string>()

  return {
    async park(row: unknown[], columns: number[]): Promise<void> {
      const id = row[table.idIndex] as string
      // No name, address or slug begins so.
      const values = columns
        .map((at) => table.columns[at])
        .filter((column) => column?.type === 'text' && !column.references)
        .map((column) => [column?.key, `\u0001${id}`] as const)
      await store.update(id, Object.fromEntries(values))
      // Others are removed at the end.
      if (ids.has(id)) parked.add(id)
    },
    /** The row gets its own values, or goes. */
    filled: (id: string) => void parked.delete(id),
    /** How many rows of the import still wait for theirs. */
    left: () => parked.size,
  }
}
