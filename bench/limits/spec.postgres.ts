import { createServer } from 'node:http'
import { answer } from './answer.ts'
import { sql } from './postgres.ts'
import { select, specOf, type Row } from './spec.columns.ts'

/** The least that serves a spec from PostgreSQL: node:http, one prepared query, JSON.stringify. */

const text = `${select} where s.slug = $1 and s.open`
const prefix = '/api/specs/'.length

createServer((request, response) => {
  const slug = (request.url as string).slice(prefix)
  void sql
    .unsafe<Row[]>(text, [slug], { prepare: true })
    .then(([row]) => (row ? answer(response, specOf(row)) : void response.writeHead(404).end()))
}).listen(Number(process.env.PORT), '127.0.0.1')
