import { sql } from './postgres.ts'
import { inserts, serveUploads } from './upload.ts'

/** One transaction for each, its statements sent at once. */

const statements = inserts((number) => `$${number}`)

serveUploads((rows) =>
  sql.begin((tx) =>
    statements.map(({ table, text }) =>
      tx.unsafe(text, Object.values(rows[table] as object) as never[], { prepare: true }),
    ),
  ),
)
