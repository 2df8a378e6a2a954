import type { PgTable } from 'drizzle-orm/pg-core'
import type { Database } from '../database/database.ts'
import { idPattern, type Declaration, type Rules } from '../database/tables/declaration.ts'
import { type ColumnModel, describeModel, type TableModel } from '../database/tables/model.ts'
import { postgresTables } from '../database/tables/postgres.ts'
import { declarations, type Tables } from '../database/tables/tables.ts'

/** A table as export and import see it. */
export interface RegisteredTable extends TableModel {
  /** The table in `Database.tables`. */
  key: keyof Tables
  primaryKey: ColumnModel
  /** The place of the primary key among the columns. */
  idIndex: number
  /** What imported values must keep to, by the key of the column. */
  rules: Rules
  /** Keys of the columns that never change once a row is there. */
  immutable: string[]
  /** Its rows are kept for a time only. */
  expires: boolean
  /** A row is nothing but a credential: without keys to seal it, it is left out. */
  onlyCredential: boolean
  /** History of which no row ever changes: they come, and go when their time is over. */
  appendOnly: boolean
}

/**
 * Every table, parents first: the one list that export, import, copy and verification go by.
 * Raises for a table without a class, one that stands before its parent, and one that is exported without a
 * single text column as its primary key.
 */
export function createRegistry(
  tables: Record<string, PgTable>,
  declared: Record<string, Declaration>,
): RegisteredTable[] {
  const { tables: models } = describeModel(tables, declared)
  return Object.keys(tables).map((key, index) => {
    const model = models[index] as TableModel
    const before = new Set(models.slice(0, index + 1).map(({ name }) => name))
    const orphan = model.columns.find((column) => {
      return column.references && !before.has(column.references.table)
    })
    if (orphan) throw new Error(`${model.name}.${orphan.name} refers to a table declared after it`)
    return register(key as keyof Tables, model, declared[key] as Declaration)
  })
}

/** The service's own tables. */
export const registry = createRegistry(postgresTables, declarations)

/** The tables that an export holds: those of data, and those of history when they are asked for. */
export function exportedTables(history: boolean, tables = registry): RegisteredTable[] {
  return tables.filter((table) => table.class === 'data' || (history && table.class === 'history'))
}

/** The table as this database's queries name it. PostgreSQL's type stands for both dialects. */
export function tableOf(database: Pick<Database, 'tables'>, table: RegisteredTable): PgTable {
  return database.tables[table.key]
}

function register(key: keyof Tables, model: TableModel, declaration: Declaration): RegisteredTable {
  const idIndex = model.columns.findIndex((column) => column.primaryKey)
  const primaryKey = model.columns[idIndex]
  const ids = model.columns.filter((column) => column.primaryKey)
  if (!primaryKey || ids.length !== 1 || primaryKey.type !== 'text') {
    throw new Error(`the table ${model.name} needs one column of text as its primary key`)
  }
  const immutable = declaration.class === 'transient' ? [] : (declaration.immutable ?? [])
  return {
    ...model,
    key,
    primaryKey,
    idIndex,
    rules: {
      [primaryKey.key]: idPattern,
      ...(declaration.class !== 'transient' && declaration.rules),
    },
    immutable,
    expires: declaration.class !== 'data' && declaration.retention !== 'forever',
    onlyCredential: model.columns.some(
      (column) => model.credentials.includes(column.key) && !column.nullable,
    ),
    appendOnly:
      model.class === 'history' &&
      model.columns.every(({ key, primaryKey }) => primaryKey || immutable.includes(key)),
  }
}
