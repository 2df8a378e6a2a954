import { sqliteColumns } from './sqlite.columns.ts'
import { defineTables } from './tables.ts'

export const sqliteTables = defineTables(sqliteColumns)
