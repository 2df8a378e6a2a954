import fp from 'fastify-plugin'

/** Of every answer; a page has a policy of its own. */
export const securityHeaders = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/** A year, as browsers ask for of those that they remember (RFC 6797). */
const onlyTls = { 'strict-transport-security': 'max-age=31536000' }

/**
 * The headers of every answer; one more where the service is reached by TLS alone. Fixed values: a library that works
 * them out anew for each request costs more than all the rest of a small answer.
 */
export default fp(
  (app) => {
    const isBehindTls = app.config.publicUrl?.startsWith('https:') ?? false
    const all = { ...securityHeaders, ...(isBehindTls && onlyTls) }
    app.addHook('onRequest', (_request, reply, done) => {
      reply.headers(all)
      done()
    })
  },
  { name: 'security', dependencies: ['config'] },
)

/** The policy of a page of our own: its files come from this service, and nothing runs inline. */
export const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
