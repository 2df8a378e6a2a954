import createError from '@fastify/error'
import fp from 'fastify-plugin'

const UnsupportedEncoding = createError(
  'unsupported_encoding',
  'Send the body as it is, without Content-Encoding.',
  415,
)

/** Bodies are never unpacked: a few bytes would become as many as their sender likes. */
export default fp(
  (app) => {
    app.addHook('onRequest', (request, _reply, done) => {
      const encoding = request.headers['content-encoding']
      done(
        encoding === undefined || encoding === 'identity' ? undefined : new UnsupportedEncoding(),
      )
    })
  },
  { name: 'content-encoding', dependencies: ['errors'] },
)
