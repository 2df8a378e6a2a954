import BetterSqlite3 from 'better-sqlite3'

export const database = new BetterSqlite3(process.env.SQLITE_PATH, { readonly: true })
