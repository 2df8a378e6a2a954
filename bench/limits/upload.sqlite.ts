import BetterSqlite3 from 'better-sqlite3'
import { inserts, serveUploads, type UploadRows } from './upload.ts'

/** As durable as the service: a commit is synced. */

const database = new BetterSqlite3(process.env.SQLITE_PATH)
database.pragma('journal_mode = WAL')
database.pragma('synchronous = FULL')
database.pragma('foreign_keys = ON')

const statements = inserts(() => '?').map(({ table, text }) => ({
  table,
  statement: database.prepare(text),
}))

serveUploads(
  database.transaction((rows: UploadRows) => {
    for (const { table, statement } of statements)
      statement.run(Object.values(rows[table] as object))
  }),
)
