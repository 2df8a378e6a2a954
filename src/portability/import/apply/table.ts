import { ImportError } from '../../portability.errors.ts'
import { createConflicts } from './conflicts.ts'
import { createSingleUse } from './invites.ts'
import { idReader, type TableImport } from './table-import.ts'

/** What an import did to a table, in rows. */
export interface TableCounts {
  added: number
  changed: number
  same: number
  removed: number
}

/** Writes the imported rows of one table that are not there yet, or are there otherwise. Removes none. */
export async function applyTable(work: TableImport): Promise<TableCounts> {
  const { part, checked, store, mode, users } = work
  const { table } = part
  const idOf = idReader(table)
  const counts: TableCounts = { added: 0, changed: 0, same: 0, removed: 0 }
  const empty = await store.isEmpty()
  const conflicts = createConflicts(work)
  const keepCredentials = mode === 'merge' || checked.credentials === 'omitted'
  const credentials = table.columns.flatMap(({ key }, at) =>
    table.credentials.includes(key) ? [at] : [],
  )
  const immutable = table.columns.flatMap(({ key }, at) =>
    table.immutable.includes(key) ? [at] : [],
  )
  // What an older schema had no word for is no reason to take away what is here.
  const kept = [
    ...(keepCredentials ? credentials : []),
    ...(mode === 'merge' ? checked.unspoken(table) : []),
  ]
  const singleUse = createSingleUse(table, mode)
  const toUsers = table.columns.flatMap(({ references }, at) =>
    references?.table === 'users' ? [at] : [],
  )

  for await (const rows of checked.rows(part)) {
    if (users.anyMapped()) attachToMapped(rows)
    if (empty) {
      for (const row of rows) singleUse?.(undefined, row)
      await store.insert(rows)
      counts.added += rows.length
      continue
    }
    const there = new Map(
      (await store.rowsWhere(table.idIndex, rows.map(idOf))).map((row) => [idOf(row), row]),
    )
    for (const row of rows) keepOf(there.get(idOf(row)), row)
    const changes = rows.filter((row) => !isSame(there.get(idOf(row)), row))
    if (mode === 'merge' || table.class === 'history') {
      for (const row of changes) assertImmutable(there.get(idOf(row)), row)
    }
    const decided = await conflicts.resolve(changes)
    if (table.name === 'users')
      for (const row of decided.write) notePassword(row, there.get(idOf(row)))
    await store.upsert(decided.write)
    await decided.finish()
    for (const row of decided.write) counts[there.has(idOf(row)) ? 'changed' : 'added']++
    counts.same += rows.length - decided.write.length
    counts.removed += decided.removed
  }
  conflicts.end()
  return counts

  function isSame(there: unknown[] | undefined, row: unknown[]): boolean {
    return (
      there !== undefined &&
      row.every((value, at) => store.proven.includes(at) || isEqual(value, there[at]))
    )
  }

  function notePassword(row: unknown[], there: unknown[] | undefined) {
    if (there && credentials.some((at) => row[at] !== there[at])) users.newPassword(idOf(row))
  }

  function attachToMapped(rows: unknown[][]) {
    for (const row of rows) {
      for (const at of toUsers) if (row[at] !== null) row[at] = users.idFor(row[at] as string)
    }
  }

  function assertImmutable(there: unknown[] | undefined, row: unknown[]) {
    const at = there && immutable.find((at) => !isEqual(there[at], row[at]))
    if (at === undefined) return
    throw new ImportError(
      'import_immutable',
      `${table.columns[at]?.key} of the row ${idOf(row)} of ${table.name} is another one here, and never changes`,
      { table: table.name },
    )
  }

  function keepOf(there: unknown[] | undefined, row: unknown[]) {
    if (there) for (const at of kept) row[at] ??= there[at]
    singleUse?.(there, row)
  }
}

function isEqual(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || one === null) return one === other
  return JSON.stringify(one) === JSON.stringify(other)
}
