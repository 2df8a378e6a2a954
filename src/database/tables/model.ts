import { createHash } from 'node:crypto'
import { is } from 'drizzle-orm'
import { getTableConfig, IndexedColumn, type PgColumn, type PgTable } from 'drizzle-orm/pg-core'
import { readManifest } from '../migrations/manifest.ts'
import type { Declaration } from './declaration.ts'

/** `json`: any value of JSON. `document`: a text, which is stored gzipped. */
export type ColumnType = 'text' | 'integer' | 'boolean' | 'timestamp' | 'json' | 'document'

/** What the tables are, whichever database stores them. */
export interface Model {
  /** Parents first. */
  tables: TableModel[]
}

export interface TableModel {
  name: string
  class: Declaration['class']
  /** Keys of the columns that an export seals or leaves out. */
  credentials: string[]
  /** In declared order. */
  columns: ColumnModel[]
  /** The column names of each unique index, by the index's name. */
  unique: { name: string; columns: string[] }[]
}

export interface ColumnModel {
  key: string
  name: string
  type: ColumnType
  nullable: boolean
  primaryKey: boolean
  references?: { table: string; column: string }
}

const typeOfSql: Record<string, ColumnType> = {
  'text COLLATE "C"': 'text',
  bigint: 'integer',
  boolean: 'boolean',
  'timestamp (3) with time zone': 'timestamp',
  json: 'json',
  bytea: 'document',
}

/** The version of the model that this build has (the number of its migrations) and its SHA-256; an export names both. */
export function currentModel(folder?: string): { version: number; hash: string } {
  const manifest = readManifest(folder)
  return { version: manifest.length, hash: manifest.at(-1)?.model ?? '' }
}

/**
 * Describes PostgreSQL's tables, which stand for both dialects. The same tables give the same model, byte for byte.
 * Raises for a column type that has no neutral name yet, and for a unique index on an expression.
 */
export function describeModel(
  tables: Record<string, PgTable>,
  declarations: Record<string, Declaration>,
): Model {
  return {
    tables: Object.entries(tables).map(([key, table]) => {
      const declaration = declarations[key]
      if (!declaration) throw new Error(`the table ${key} declares no class and no retention`)
      return describeTable(table, declaration)
    }),
  }
}

/** The SHA-256 of the model, hexadecimal. */
export function modelHash(model: Model): string {
  return createHash('sha256').update(JSON.stringify(model)).digest('hex')
}

function describeTable(table: PgTable, declaration: Declaration): TableModel {
  const config = getTableConfig(table)
  const keys = Object.entries(table).flatMap(([key, column]) =>
    config.columns.includes(column as PgColumn) ? [[key, column as PgColumn] as const] : [],
  )
  return {
    name: config.name,
    class: declaration.class,
    credentials: declaration.class === 'data' ? (declaration.credentials ?? []) : [],
    columns: keys.map(([key, column]) => describeColumn(config, key, column)),
    unique: config.indexes
      .filter((index) => index.config.unique)
      .map(({ config: { name, columns } }) => ({
        name: name ?? '',
        columns: columns.map((column) => {
          if (is(column, IndexedColumn) && column.name) return column.name
          throw new Error(`the unique index ${name} is on an expression`)
        }),
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  }
}

function describeColumn(
  config: ReturnType<typeof getTableConfig>,
  key: string,
  column: PgColumn,
): ColumnModel {
  const type = typeOfSql[column.getSQLType()]
  if (!type) throw new Error(`the column ${column.name} has a type without a neutral name`)
  const references = config.foreignKeys
    .map((foreignKey) => foreignKey.reference())
    .map(({ columns, foreignColumns }) => foreignColumns[columns.indexOf(column)])
    .find((foreign) => foreign !== undefined)
  return {
    key,
    name: column.name,
    type,
    nullable: !column.notNull,
    primaryKey:
      column.primary || config.primaryKeys.some(({ columns }) => columns.includes(column)),
    ...(references && {
      references: { table: getTableConfig(references.table).name, column: references.name },
    }),
  }
}
