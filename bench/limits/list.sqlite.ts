import { createServer } from 'node:http'
import { answer } from './answer.ts'
import { pageOf } from './list.page.ts'
import { fromSqlite, list, type Row } from './spec.columns.ts'
import { database } from './sqlite.ts'

/** The least that serves the first page from SQLite: node:http, one prepared select, JSON.stringify. */

const statement = database.prepare<[], Row>(list)

createServer((_request, response) =>
  answer(response, pageOf(statement.all().map(fromSqlite))),
).listen(Number(process.env.PORT), '127.0.0.1')
