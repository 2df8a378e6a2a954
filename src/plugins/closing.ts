import type { ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import fp from 'fastify-plugin'

/** The process is to end within ten seconds, after which Fastify gives up on its hooks, too. */
const patienceMs = 8_000

/**
 * At the end, answers what was begun, to the last byte, before any connection is closed: Node takes one for idle
 * whose answer is written and not yet read, and breaks it off. Meanwhile Fastify sends new requests away with 503.
 */
export default fp(
  (app) => {
    const open = new Set<ServerResponse>()
    let closing = false
    let drained: (() => void) | undefined

    app.addHook('onRequest', (_request, { raw }, done) => {
      const end = () => {
        open.delete(raw)
        if (open.size === 0) drained?.()
      }
      open.add(raw)
      raw.once('finish', end).once('close', end)
      done()
    })

    // Idle keep-alive connections would hold the shutdown for more than a minute.
    app.addHook('onSend', (_request, reply, payload, done) => {
      if (closing) reply.header('connection', 'close')
      done(null, payload)
    })

    app.addHook('preClose', async () => {
      closing = true
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
  { name: 'closing' },
)
