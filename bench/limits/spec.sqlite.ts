import { createServer } from 'node:http'
import { answer } from './answer.ts'
import { fromSqlite, select, specOf, type Row } from './spec.columns.ts'
import { database } from './sqlite.ts'

/** The least that serves a spec from SQLite: node:http, one prepared select, JSON.stringify. */

const statement = database.prepare<[string], Row>(`${select} where s.slug = +? and s.open`)
const prefix = '/api/specs/'.length

createServer((request, response) => {
  const row = statement.get((request.url as string).slice(prefix))
  if (!row) return void response.writeHead(404).end()
  return answer(response, specOf(fromSqlite(row)))
}).listen(Number(process.env.PORT), '127.0.0.1')
