import type { Database, Queryable } from '../../../database/database.ts'
import { danglingReference } from '../check/references.ts'
import type { CheckedImport } from '../import.ts'
import { batchRows } from '../check/rows.ts'
import { registry } from '../../registry.ts'
import { createTableStore } from './store.ts'

/** Raises `ImportError` (`import_reference`) unless the database has what a merged import does not bring itself. */
export async function checkOpenReferences(
  tx: Queryable,
  database: Pick<Database, 'tables'>,
  { open }: CheckedImport,
  mode: 'merge' | 'replace',
): Promise<void> {
  for (const [target, references] of open) {
    const table = registry.find(({ name }) => name === target)
    const missing = new Map(references)
    if (table && mode === 'merge') {
      const store = createTableStore(tx, database, table)
      const ids = [...references.keys()]
      for (let from = 0; from < ids.length; from += batchRows) {
        const rows = await store.rowsWhere(table.idIndex, ids.slice(from, from + batchRows))
        for (const row of rows) missing.delete(row[table.idIndex] as string)
      }
    }
    const [first] = missing.values()
    if (first) throw danglingReference(target, first)
  }
}
