import { createServer } from 'node:http'
import BetterSqlite3 from 'better-sqlite3'
import { list, pageOf, type Announcement } from './announcement.columns.ts'
import { answer } from './answer.ts'

/** The least that serves the first page from SQLite: node:http, one prepared select, JSON.stringify. */

const database = new BetterSqlite3(process.env.SQLITE_PATH, { readonly: true })
const select = database.prepare<[{ 1: string }], Announcement>(list)

createServer((_request, response) => {
  const rows = select.all({ 1: new Date().toISOString() })
  for (const row of rows) row.pinned = row.pinned === 1
  answer(response, pageOf(rows))
}).listen(Number(process.env.PORT), '127.0.0.1')
