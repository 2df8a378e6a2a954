import { compareBytes } from '../../format/byte-order.ts'
import { idReader, type TableImport } from './table-import.ts'
import { ImportError } from '../../portability.errors.ts'
import { createParking } from './parking.ts'
import type { RegisteredTable } from '../../registry.ts'

/** What is to be written of a batch. */
export interface Decided {
  write: unknown[][]
  /** Rows that were there and are taken over by others. */
  removed: number
  /** Call it once they are written. */
  finish: () => Promise<void>
}

/**
 * Looks, before rows are written, for others that hold a value which only one may hold. A row that the import changes
 * or removes later gives it up at once, so that two may swap theirs; for users see users.ts; anything else is
 * refused.
 */
export function createConflicts({ part, store, mode, users }: TableImport) {
  const { table, ids } = part
  const uniques = uniquesOf(table)
  const nameIndex = table.columns.findIndex(({ key }) => key === 'username')
  const parking = createParking(store, part)
  const idOf = idReader(table)

  async function resolve(rows: unknown[][]): Promise<Decided> {
    const first = idOf(rows[0] ?? [])
    const unwritten = new Set<unknown[]>()
    const adopted = new Map<unknown[], unknown[]>()
    for (const unique of uniques) {
      for (const { row, other } of await findOthers(unique, rows)) {
        if (unwritten.has(row) || adopted.get(row) === other) continue
        const comesLater = ids.has(idOf(other)) && compareBytes(idOf(other), first) >= 0
        if (comesLater || (mode === 'replace' && !ids.has(idOf(other)))) {
          await parking.park(other, unique.columns)
        } else if (table.name !== 'users' || ids.has(idOf(other))) {
          throw conflict(table, unique.name)
        } else {
          const outcome = await users.decide({
            constraint: unique.name,
            id: idOf(row),
            name: row[nameIndex] as string,
            takenBy: idOf(other),
          })
          if (outcome === 'adopt') adopted.set(row, other)
          else unwritten.add(row)
        }
      }
    }
    for (const [row, other] of adopted) await takeOver(row, other)
    const write = rows.filter((row) => !unwritten.has(row))
    for (const row of write) parking.filled(idOf(row))
    return {
      write,
      removed: adopted.size,
      async finish() {
        for (const row of adopted.keys()) await users.bootstrap.becomes(idOf(row))
      },
    }
  }

  /** The rows that are there under another id with the same values. */
  async function findOthers(unique: Unique, rows: unknown[][]) {
    const wanted = new Map(rows.flatMap((row) => entry(unique, row)))
    const [column] = unique.columns
    const values = [...new Set([...wanted.values()].map((row) => row[column as number]))]
    const others = await store.rowsWhere(column as number, values)
    return others.flatMap((other) => {
      const row = entry(unique, other).map(([key]) => wanted.get(key))[0]
      return row && idOf(row) !== idOf(other) ? [{ row, other }] : []
    })
  }

  /** He keeps his password, and leaves his name and address to the imported row. */
  async function takeOver(row: unknown[], other: unknown[]) {
    for (const [at, { key }] of table.columns.entries()) {
      if (table.credentials.includes(key)) row[at] = other[at] ?? row[at]
    }
    for (const { columns } of uniques) await parking.park(other, columns)
    parking.filled(idOf(other))
  }

  return {
    resolve,
    /** Call it after the last batch. Raises `ImportError`. */
    end() {
      users.raise()
      if (parking.left() > 0) throw conflict(table, uniques[0]?.name ?? '')
    },
  }
}

interface Unique {
  name: string
  /** Their places. */
  columns: number[]
}

function uniquesOf({ unique, columns }: RegisteredTable): Unique[] {
  const uniques = unique.map(({ name, columns: names }) => ({
    name,
    columns: names.map((column) => columns.findIndex(({ name }) => name === column)),
  }))
  // In declared order: who is settled by his name is not asked for his address any more.
  return uniques.sort((a, b) => (a.columns[0] ?? 0) - (b.columns[0] ?? 0))
}

/** A row by its unique values; nothing when one of them is null, which many may have. */
function entry({ columns }: Unique, row: unknown[]): [string, unknown[]][] {
  const values = columns.map((at) => row[at])
  return values.includes(null) ? [] : [[JSON.stringify(values), row]]
}

function conflict({ name }: RegisteredTable, constraint: string): ImportError {
  return new ImportError(
    'import_conflict',
    `two rows of ${name} would have a value that only one may have (${constraint})`,
    { table: name },
  )
}
