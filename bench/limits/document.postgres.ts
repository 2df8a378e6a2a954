import { createServer } from 'node:http'
import { answerDocument, select, slugIn, type Row } from './document.ts'
import { sql } from './postgres.ts'

/** The least that hands out a document from PostgreSQL: node:http, one prepared query, the stored bytes. */

const text = `${select} and s.slug = $1`

createServer((request, response) => {
  void sql
    .unsafe<Row[]>(text, [slugIn(request.url as string)], { prepare: true })
    .then(([row]) => answerDocument(response, row))
}).listen(Number(process.env.PORT), '127.0.0.1')
