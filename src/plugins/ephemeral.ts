import fp from 'fastify-plugin'

const reads = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Where what is stored does not last, says so in the log and in the answer to every write. */
export default fp(
  (app, _options, done) => {
    const { kind, because } = app.config.durability
    if (kind === 'ephemeral') {
      app.log.warn({ durability: kind }, `what is stored here does not last: ${because}`)
      const warning = `299 - "What is stored here does not last: ${because}."`
      app.addHook('onRequest', (request, reply, done) => {
        if (!reads.has(request.method)) reply.header('warning', warning)
        done()
      })
    }
    done()
  },
  { name: 'ephemeral', dependencies: ['config'] },
)
