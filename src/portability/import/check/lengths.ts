import { createIdSet, type IdSet } from './id-set.ts'
import { refusal } from './row.ts'
import type { RegisteredTable } from '../../registry.ts'

/** A column that tells how many bytes another one has in the row that it refers to. */
interface Told {
  at: number
  key: string
  throughAt: number
  target: string
  column: string
}

/** Follows the rows of an import and holds lengths that are told against those that came before. */
export function createLengthCheck(tables: RegisteredTable[], came: Map<string, IdSet>) {
  const told = new Map(tables.map((table) => [table.name, toldIn(table)]))
  const targets = [...told.values()].flat()
  const lengths = createIdSet()

  /** A function to call with each row of the table. What it refers to outside the import, the database has to tell. */
  function table(table: RegisteredTable) {
    const { name, columns, idIndex } = table
    const measured = columns.flatMap(({ key }, at) =>
      targets.some(({ target, column }) => target === name && column === key) ? [{ key, at }] : [],
    )
    const tells = told.get(name) ?? []

    return (values: unknown[], row: number) => {
      for (const { key, at } of measured) {
        const bytes = Buffer.byteLength(values[at] as string)
        lengths.add(`${name} ${key} ${values[idIndex] as string} ${bytes}`)
      }
      for (const { at, key, throughAt, target, column } of tells) {
        const id = values[throughAt] as string
        if (!came.get(target)?.has(id)) continue
        if (lengths.has(`${target} ${column} ${id} ${values[at] as number}`)) continue
        throw refusal({ table: name, row }, `${key} is not the length of its ${column}`)
      }
    }
  }

  return { table }
}

function toldIn({ columns, rules }: RegisteredTable): Told[] {
  return columns.flatMap(({ key }, at) => {
    const rule = rules[key]
    if (rule === undefined || !('bytesOf' in rule)) return []
    const throughAt = columns.findIndex((column) => column.key === rule.through)
    const target = columns[throughAt]?.references?.table ?? ''
    return [{ at, key, throughAt, target, column: rule.bytesOf }]
  })
}
