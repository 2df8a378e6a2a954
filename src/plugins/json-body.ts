import { isUtf8 } from 'node:buffer'
import createError from '@fastify/error'
import fp from 'fastify-plugin'

const NotUtf8 = createError('invalid_text', 'The body is not UTF-8.', 400)

/** Parses JSON as Fastify does, but refuses bytes that are no UTF-8, which would be replaced without a word. */
export default fp(
  (app) => {
    const parse = app.getDefaultJsonParser('error', 'error')
    app.removeContentTypeParser(['application/json', 'text/plain'])
    app.addContentTypeParser<Buffer>(
      'application/json',
      { parseAs: 'buffer' },
      (request, body, done) => {
        if (!isUtf8(body)) return done(new NotUtf8())
        return parse(request, body.toString(), done) as undefined
      },
    )
  },
  { name: 'json-body' },
)
