import { ImportError } from '../../portability.errors.ts'
import type { RegisteredTable } from '../../registry.ts'

/**
 * Follows the tables of an import: those of data, all of them and in their order, with those of history or without.
 * Raises `ImportError` (`import_tables`).
 */
export function createTableOrder(tables: RegisteredTable[]) {
  let lists = [tables, tables.filter((table) => table.class === 'data')]
  let count = 0

  return {
    next(name: unknown): RegisteredTable {
      const expected = lists[0]?.[count]?.name
      lists = lists.filter((list) => list[count]?.name === name)
      const table = lists[0]?.[count]
      if (!table) throw refusal(name, expected)
      count++
      return table
    },
    end() {
      const list = lists.find((list) => list.length === count)
      if (!list) throw refusal(undefined, lists[0]?.[count]?.name)
    },
  }
}

function refusal(name: unknown, expected: string | undefined): ImportError {
  const there = name === undefined ? 'the end' : JSON.stringify(name).slice(0, 100)
  const missing = expected === undefined ? 'the end of the tables' : `the table ${expected}`
  return new ImportError('import_tables', `${there} stands where ${missing} should be`)
}
