import BetterSqlite3 from 'better-sqlite3'

/** Parameters are written `+?`: SQLite plans a statement anew whenever a bare one, which its plan looked at, is bound. */
export const database = new BetterSqlite3(process.env.SQLITE_PATH, { readonly: true })
