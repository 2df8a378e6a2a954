import { createIdSet, type IdSet } from './id-set.ts'
import { refusal } from './row.ts'
import type { RegisteredTable } from '../../registry.ts'

/** A row that refers to one which the import does not have. */
export interface OpenReference {
  table: string
  column: string
  row: number
}

/** By the table that is referred to, then by id: the first reference to it. */
export type OpenReferences = Map<string, Map<string, OpenReference>>

/** An import may lean so much on what is there already; more of it is a mistake. */
const mostOpen = 10_000

/** Follows the rows of an import, table by table, and keeps what refers to something that did not come. */
export function createReferenceCheck() {
  const ids = new Map<string, IdSet>()
  const open: OpenReferences = new Map()

  return {
    open,
    /** The ids of each table that was seen. */
    ids,

    /** Gives a function to call with each row of the table, and one to call after the last. */
    table(table: RegisteredTable) {
      const own = createIdSet()
      ids.set(table.name, own)
      const references = table.columns.flatMap(({ name, references }, at) =>
        references ? [{ at, column: name, target: references.table }] : [],
      )

      function row(values: unknown[], row: number) {
        own.add(values[table.idIndex] as string)
        for (const { at, column, target } of references) {
          const id = values[at] as string | null
          if (id === null || ids.get(target)?.has(id)) continue
          leaveOpen(target, id, { table: table.name, column, row })
        }
      }

      function end() {
        // Rows may refer to later ones of their own table.
        const left = [...(open.get(table.name) ?? [])].filter(([id]) => !own.has(id))
        open.delete(table.name)
        if (left.length > 0) open.set(table.name, new Map(left))
      }

      return { row, end }
    },
  }

  function leaveOpen(target: string, id: string, reference: OpenReference) {
    const targets = open.get(target) ?? new Map<string, OpenReference>()
    open.set(target, targets)
    if (!targets.has(id)) targets.set(id, reference)
    if (targets.size > mostOpen) throw danglingReference(target, reference)
  }
}

export function danglingReference(target: string, { table, column, row }: OpenReference) {
  return refusal(
    { table, row },
    `${column} refers to a row of ${target} that is nowhere`,
    'import_reference',
  )
}
