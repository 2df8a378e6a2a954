import { createServer } from 'node:http'
import { answer } from './answer.ts'
import { pageOf } from './list.page.ts'
import { sql } from './postgres.ts'
import { list, type Row } from './spec.columns.ts'

/** The least that serves the first page from PostgreSQL: node:http, one prepared query, JSON.stringify. */

createServer((_request, response) => {
  void sql.unsafe<Row[]>(list, [], { prepare: true }).then((rows) => answer(response, pageOf(rows)))
}).listen(Number(process.env.PORT), '127.0.0.1')
