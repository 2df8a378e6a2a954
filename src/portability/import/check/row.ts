import { createHash } from 'node:crypto'
import { parseJson, textOf } from '../source/json-reader.ts'
import { ImportError, type ImportErrorCode, type RowPlace } from '../../portability.errors.ts'
import type { RegisteredTable } from '../../registry.ts'
import { isPlainText } from '../../../plain-text.ts'
import { createRowLine } from '../../format/row-line.ts'
import { createValueCheck } from './value.ts'

export interface ImportedRow {
  /** In declared order. */
  values: unknown[]
  /** The row as it came. */
  text: string
  /** The row as an export writes it; to be used before the next chunk is read. */
  line: Buffer
}

/**
 * Reads the rows of a table, each given its place from 1, in two steps: a long row takes its time in each. Both raise
 * `ImportError`: `import_row` for anything but exactly the declared keys with values of their types, `import_not_json`.
 */
export function createRowReader(table: RegisteredTable) {
  const { columns, credentials, rules } = table
  const keys = columns.map(({ key }) => key)
  const known = new Set(keys)
  const toLine = createRowLine(keys)
  const checks = columns.map((column) => ({
    ...column,
    check: createValueCheck(
      column,
      credentials.includes(column.key) ? undefined : rules[column.key],
    ),
  }))

  const orders = columns.flatMap(({ key }, at) => {
    const rule = rules[key]
    if (rule === undefined || !('after' in rule)) return []
    return [{ key, at, earlierKey: rule.after, earlierAt: keys.indexOf(rule.after) }]
  })

  const hashes = columns.flatMap(({ key }, at) => {
    const rule = rules[key]
    if (rule === undefined || !('sha256Of' in rule)) return []
    return [{ key, at, of: rule.sha256Of, ofAt: keys.indexOf(rule.sha256Of) }]
  })

  function checkKeys(row: object, raw: Buffer, place: Required<RowPlace>) {
    const given = Object.keys(row)
    const unknown = given.find((key) => !known.has(key))
    if (unknown !== undefined) {
      throw refusal(place, `has the unknown field ${JSON.stringify(unknown.slice(0, 100))}`)
    }
    const missing = keys.find((key) => !Object.hasOwn(row, key))
    if (missing !== undefined) throw refusal(place, `lacks the field ${missing}`)
    if (countKeys(raw) !== keys.length) throw refusal(place, 'has a field twice')
  }

  function checkValues(values: unknown[], text: string, place: Required<RowPlace>) {
    for (let at = 0; at < checks.length; at++) {
      const column = checks[at] as (typeof checks)[number]
      const value = values[at]
      if (value === null && column.nullable) continue
      const problem = value === null ? 'may not be null' : column.check(value)
      if (problem !== undefined) throw refusal(place, `${column.key} ${problem}`)
    }
    for (const { key, at, earlierKey, earlierAt } of orders) {
      const time = values[at] as string | null
      const earlier = values[earlierAt] as string | null
      if (time === null || earlier === null) continue
      if (time <= earlier) throw refusal(place, `${key} is not after ${earlierKey}`)
    }
    for (const { key, at, of, ofAt } of hashes) {
      const hash = createHash('sha256').update(values[ofAt] as string)
      if (hash.digest('hex') !== values[at])
        throw refusal(place, `${key} is not the SHA-256 of ${of}`)
    }
    // Neither a control character nor half a surrogate pair can come into a string but by an escape.
    if (/\\[ubf]/.test(text) && !values.every(isStorable)) {
      throw refusal(place, 'holds a control character or an ill-formed string')
    }
  }

  /** Reads the row as JSON. */
  function read(raw: Buffer, row: number): ImportedRow {
    const place = { table: table.name, row }
    const text = textOf(raw, place)
    const parsed = parseJson(text, place)
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
      throw refusal(place, 'is not an object')
    }
    const values = keys.map((key) => (parsed as Record<string, unknown>)[key])
    const line = values.includes(undefined) ? undefined : toLine(values)
    // A row that is written as an export writes it has its keys right.
    if (line === text) return { values, text, line: raw }
    checkKeys(parsed, raw, place)
    return { values, text, line: Buffer.from(line ?? toLine(values)) }
  }

  /** Holds its values against their types and rules. */
  function check({ values, text }: ImportedRow, row: number): void {
    checkValues(values, text, { table: table.name, row })
  }

  return { read, check }
}

/** Raises about one row, without saying anything of its values. */
export function refusal(
  place: Required<RowPlace>,
  what: string,
  code: ImportErrorCode = 'import_row',
): ImportError {
  return new ImportError(code, `row ${place.row} of ${place.table}: ${what}`, place)
}

function isStorable(value: unknown): boolean {
  if (typeof value === 'string') return isPlainText(value)
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every(([key, inner]) => isPlainText(key) && isStorable(inner))
}

/**
 * How many keys an object is written with: JSON.parse keeps the last of two of a name. Objects within it are not
 * counted: a column of JSON is held against its schema, and its hash is that of what was read.
 */
function countKeys(raw: Buffer): number {
  let depth = 0
  let keys = 0
  let inString = false
  for (let at = 0; at < raw.length; at++) {
    const byte = raw[at]
    if (inString) {
      if (byte === backslash) at++
      else if (byte === quote) inString = false
    } else if (byte === quote) inString = true
    else if (byte === openBrace) depth++
    else if (byte === closeBrace) depth--
    else if (byte === colon && depth === 1) keys++
  }
  return keys
}

const quote = 0x22
const colon = 0x3a
const backslash = 0x5c
const openBrace = 0x7b
const closeBrace = 0x7d
