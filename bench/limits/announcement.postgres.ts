import { createServer } from 'node:http'
import postgres from 'postgres'
import { columns } from './announcement.columns.ts'
import { answer } from './answer.ts'

/** The least that serves an announcement from PostgreSQL: node:http, one prepared query, JSON.stringify. */

const sql = postgres(process.env.DATABASE_URL as string, { max: 5 })
const prefix = '/api/announcements/'.length

createServer((request, response) => {
  const id = (request.url as string).slice(prefix)
  void sql`select ${sql.unsafe(columns)} from announcements where id = ${id}`.then(([row]) =>
    row ? answer(response, row) : response.writeHead(404).end(),
  )
}).listen(Number(process.env.PORT), '127.0.0.1')
