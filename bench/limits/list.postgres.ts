import { createServer } from 'node:http'
import postgres from 'postgres'
import { list, pageOf, type Announcement } from './announcement.columns.ts'
import { answer } from './answer.ts'

/** The least that serves the first page from PostgreSQL: node:http, one prepared query, JSON.stringify. */

const sql = postgres(process.env.DATABASE_URL as string, { max: 5 })

createServer((_request, response) => {
  void sql
    .unsafe<Announcement[]>(list, [new Date().toISOString()], { prepare: true })
    .then((rows) => answer(response, pageOf(rows)))
}).listen(Number(process.env.PORT), '127.0.0.1')
