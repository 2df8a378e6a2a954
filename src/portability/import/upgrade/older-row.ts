import { refusal } from '../check/row.ts'
import { parseJson, textOf } from '../source/json-reader.ts'
import type { RowPlace } from '../../portability.errors.ts'
import { registry } from '../../registry.ts'
import { escapeSeparators } from '../../format/row-line.ts'

/** A table of an older schema, as the scratch database has it: names of columns. */
export interface OlderTable {
  name: string
  columns: string[]
  /** The primary key. */
  id: string
  /** Columns of bytes: an import has the text that is packed in them. */
  documents: string[]
}

/** A function that reads a row of an older schema: keys become names of columns, booleans 0 and 1. */
export function createOlderRowReader({ name, columns, id }: OlderTable) {
  const known = new Set(columns)
  const idIndex = columns.indexOf(id)
  const today = registry.find((table) => table.name === name)

  /** The scratch database does not tell text from JSON; a column that is none of today's may be either. */
  function isOfJson(column: string, value: unknown): boolean {
    if (typeof value !== 'object' || value === null) return false
    const type = today?.columns.find(({ name }) => name === column)?.type
    return type === undefined || type === 'json'
  }

  return (raw: Buffer, row: number) => {
    const place = { table: name, row }
    const parsed = parseJson(textOf(raw, place), place)
    if (typeof parsed !== 'object' || parsed === null) throw refusal(place, 'is not an object')
    const byColumn = new Map<string, unknown>()
    for (const [key, value] of Object.entries(parsed)) {
      const column = snakeCase(key)
      if (!known.has(column)) {
        throw refusal(place, `has the unknown field ${JSON.stringify(key.slice(0, 100))}`)
      }
      byColumn.set(column, isOfJson(column, value) ? JSON.stringify(value) : storable(value, place))
    }
    const missing = columns.find((column) => !byColumn.has(column))
    if (missing !== undefined) throw refusal(place, `lacks the column ${missing}`)
    const values = columns.map((column) => byColumn.get(column))
    if (typeof values[idIndex] !== 'string') throw refusal(place, 'has no id')
    return { values, id: values[idIndex], line: escapeSeparators(JSON.stringify(parsed)) }
  }
}

function snakeCase(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

function storable(value: unknown, place: Required<RowPlace>): unknown {
  if (value === null || Number.isSafeInteger(value)) return value
  if (typeof value === 'boolean') return Number(value)
  if (typeof value === 'string' && !value.includes('\0') && value.isWellFormed()) return value
  throw refusal(place, 'holds a value that no column can hold')
}
