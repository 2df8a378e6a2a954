import type { ServerResponse } from 'node:http'
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
    const open = new Set<ServerResponse>()
    let closing = false
    let drained: (() => void) | undefined

    function end(this: ServerResponse) {
      open.delete(this)
      if (open.size === 0) drained?.()
    }

    app.addHook('onRequest', (_request, reply, done) => {
      if (closing) {
        reply.header('connection', 'close')
        return done(new Closing())
      }
      open.add(reply.raw)
      // Comes after the last byte was handed over, and also when there is nobody to take it.
      reply.raw.on('close', end)
      return done()
    })

    app.addHook('preClose', async () => {
      closing = true
      // Kept alive, their connections would hold the shutdown for more than a minute.
      for (const response of open)
        if (!response.headersSent) response.setHeader('connection', 'close')
      if (open.size === 0) return
      const over = new AbortController()
      const empty = new Promise<void>((resolve) => (drained = resolve))
      await Promise.race([empty, pause(patienceMs, undefined, { signal: over.signal })])
      over.abort()
      if (open.size === 0) return
      app.log.warn({ answers: open.size }, 'ending before everybody has read the answer')
      app.server.closeAllConnections()
    })
  },
  { name: 'graceful-shutdown' },
)
