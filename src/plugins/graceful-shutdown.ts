import { setTimeout as pause } from 'node:timers/promises'
import createError from '@fastify/error'
import fp from 'fastify-plugin'

const Closing = createError('closing', 'The service is ending; try again in a moment.', 503)

/** Less than the ten seconds after which Fastify gives up on a hook; closing the database takes time too. */
const patienceMs = 8_000

/**
 * At the end, answers what was begun, to the last byte, before any connection is closed: Node takes one for idle
 * whose answer is written and not yet read, and breaks it off. New requests are sent away with 503 meanwhile.
 */
export default fp(
  (app) => {
    let open = 0
    let closing = false
    let drained: (() => void) | undefined

    function end() {
      open -= 1
      if (open === 0) drained?.()
    }

    app.addHook('onRequest', (_request, reply, done) => {
      if (closing) return done(new Closing())
      open += 1
      // Comes after the last byte was handed over, and also when there is nobody to take it.
      reply.raw.on('close', end)
      return done()
    })

    // Idle keep-alive connections would hold the shutdown for more than a minute.
    app.addHook('onSend', (_request, reply, payload, done) => {
      if (closing) reply.header('connection', 'close')
      done(null, payload)
    })

    app.addHook('preClose', async () => {
      closing = true
      if (open === 0) return
      const over = new AbortController()
      const empty = new Promise<void>((resolve) => (drained = resolve))
      await Promise.race([empty, pause(patienceMs, undefined, { signal: over.signal })])
      over.abort()
      if (open === 0) return
      app.log.warn({ answers: open }, 'ending before everybody has read the answer')
      app.server.closeAllConnections()
    })
  },
  { name: 'graceful-shutdown' },
)
