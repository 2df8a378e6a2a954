import type { CheckedTable } from '../check/check.ts'
import type { TableStore } from './store.ts'

/** Removes the rows that the import does not have, once nothing refers to them any more. Gives their number. */
export async function removeOthers(store: TableStore, part: CheckedTable): Promise<number> {
  const surplus = (await store.count()) - part.rows
  let removed = 0
  if (surplus > 0) {
    for await (const page of store.ids()) {
      const others = page.filter((id) => !part.ids.has(id))
      await store.remove(others)
      removed += others.length
    }
  }
  if (removed !== surplus) {
    throw new Error(`${part.table.name} would not be what was imported: ${surplus - removed} rows`)
  }
  return removed
}
