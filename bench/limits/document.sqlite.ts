import { createServer } from 'node:http'
import { answerDocument, select, slugIn, type Row } from './document.ts'
import { database } from './sqlite.ts'

/** The least that hands out a document from SQLite: node:http, one prepared select, the stored bytes. */

const statement = database.prepare<[string], Row>(`${select} and s.slug = +?`)

createServer((request, response) =>
  answerDocument(response, statement.get(slugIn(request.url as string))),
).listen(Number(process.env.PORT), '127.0.0.1')
