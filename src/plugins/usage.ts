import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { isAwake } from '../database/awake.ts'
import { waitAtMost } from '../patience.ts'
import { createByteCount } from '../usage/bytes.ts'
import { createRollup } from '../usage/rollup.ts'
import { routeOf } from '../usage/route.ts'
import { createUsageWriter } from '../usage/writer.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Writes what was counted. Raises nothing: what was not written stays for the next time. */
    flushUsage: () => Promise<void>
  }
}

const flushMs = 10_000
/** After failures it is tried ever more seldom, down to this. */
const flushMostMs = 600_000
/** What the end waits for; a database that is away would take longer. */
const lastMs = 5_000

/**
 * Counts what was asked, by day, route and user, and writes it in batches: a while after a request, while the database
 * is in use anyhow, and at the end. What a crash loses is lost.
 */
export default fp<{ now?: () => number }>(
  (app, { now = Date.now }) => {
    const rollup = createRollup({ now })
    const writer = createUsageWriter(app.storage)
    const bytesOf = createByteCount()
    const names = new Map<unknown, string>()
    let failures = 0
    let timer: NodeJS.Timeout | undefined
    let flushing: Promise<void> | undefined

    app.addHook('onResponse', (request, reply, done) => {
      const { config } = request.routeOptions
      const [bytesIn, bytesOut] = bytesOf(request, reply)
      if (config.quiet) return done()
      rollup.add({
        route: names.get(config) ?? nameOf(request),
        userId: request.caller?.userId ?? null,
        status: reply.statusCode,
        bytesIn,
        bytesOut,
        ms: reply.elapsedTime,
      })
      timer ??= setTimeout(onTimer, Math.min(flushMs * 2 ** failures, flushMostMs)).unref()
      return done()
    })

    function nameOf(request: FastifyRequest): string {
      const name = routeOf(request)
      names.set(request.routeOptions.config, name)
      return name
    }

    function onTimer() {
      timer = undefined
      // Pages need no database: who looks at one does not wake it.
      if (isAwake(app.database)) void flush()
    }

    function flush(): Promise<void> {
      return (flushing ??= write().finally(() => (flushing = undefined)))
    }

    async function write(): Promise<void> {
      try {
        await writer.write(() => rollup.take())
        failures = 0
      } catch (error) {
        failures += 1
        app.log.debug({ err: error }, 'usage not written yet')
      }
    }

    app.decorate('flushUsage', flush)

    // Runs before the database's, which was there first.
    app.addHook('onClose', async () => {
      clearTimeout(timer)
      await waitAtMost(lastMs, flushRest())
    })

    async function flushRest() {
      await flushing
      if (!writer.isEmpty() || !rollup.isEmpty()) await flush()
    }
  },
  { name: 'usage', dependencies: ['storage', 'auth'] },
)
