import { createServer } from 'node:http'
import BetterSqlite3 from 'better-sqlite3'
import { columns, type Announcement } from './announcement.columns.ts'
import { answer } from './answer.ts'

/** The least that serves an announcement from SQLite: node:http, one prepared select, JSON.stringify. */

const database = new BetterSqlite3(process.env.SQLITE_PATH, { readonly: true })
const select = database.prepare<[string], Announcement>(
  `select ${columns} from announcements where id = ?`,
)
const prefix = '/api/announcements/'.length

createServer((request, response) => {
  const row = select.get((request.url as string).slice(prefix))
  if (!row) return void response.writeHead(404).end()
  row.pinned = row.pinned === 1
  return answer(response, row)
}).listen(Number(process.env.PORT), '127.0.0.1')
