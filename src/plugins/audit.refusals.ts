import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { AuditRow } from '../audit/audit.row.ts'
import { createRefusals } from '../audit/refusals.ts'
import { isAwake } from '../database/awake.ts'
import { networkOf } from '../limits/network.ts'
import { actorOf, addressOf } from './audit.ts'

/** After the first refusal, so that it is there when somebody looks; then at most so often. */
const wait = { firstMs: 1_000, nextMs: 60_000 }
/** What the end waits for; a database that is away would take longer. */
const lastMs = 5_000

/** Refusals of these have entries of their own: written with the count of failures, each. */
const toldAlready = new Set(['invalid_credentials', 'wrong_password'])
/** Other statuses than 401, 403 and 429 are mostly no refusals: of these codes they are. */
const toldToo = new Set(['invite_invalid', 'reset_invalid', 'last_admin'])

/**
 * Tells the audit log what was refused for want of a right, or for a limit: alike refusals as one entry with their
 * number, in batches, since whoever is refused chooses how often. What a crash loses is lost.
 */
export default fp(
  (app) => {
    const refusals = createRefusals()
    let pending: AuditRow[] = []
    let timer: NodeJS.Timeout | undefined
    let flushing: Promise<void> | undefined
    let nextAt = 0

    app.addHook('onResponse', (request, reply, done) => {
      const { problemCode } = request
      if (problemCode === null || !isTold(request, reply.statusCode, problemCode)) return done()
      const { config } = request.routeOptions
      const address = addressOf(request)
      refusals.add({
        action: config.action ?? 'request.refuse',
        actor: actorOf(request),
        sender: networkOf(address ?? ''),
        address,
        requestId: request.id,
        status: reply.statusCode,
        code: problemCode,
        route: config.action === undefined ? routeOf(request) : undefined,
      })
      flushLater()
      return done()
    })

    function flushLater(): void {
      timer ??= setTimeout(onTimer, Math.max(wait.firstMs, nextAt - Date.now())).unref()
    }

    function onTimer(): void {
      timer = undefined
      nextAt = Date.now() + wait.nextMs
      // Who is refused does not wake a database that sleeps.
      if (isAwake(app.database)) void flush()
      else flushLater()
    }

    function flush(): Promise<void> {
      return (flushing ??= write().finally(() => {
        flushing = undefined
        if (hasMore()) flushLater()
      }))
    }

    const hasMore = () => pending.length > 0 || !refusals.isEmpty()

    async function write(): Promise<void> {
      if (pending.length === 0) pending = refusals.take()
      const rows = pending
      try {
        await app.storage.unitOfWork({}, (tx) => tx.audit.addOnce(rows))
        pending = []
      } catch (error) {
        app.log.debug({ err: error }, 'refusals not written yet')
      }
    }

    // Runs before the database's, which was there first.
    app.addHook('onClose', async () => {
      const over = new AbortController()
      await Promise.race([flushRest(), pause(lastMs, undefined, { signal: over.signal })])
      over.abort()
      clearTimeout(timer)
    })

    async function flushRest(): Promise<void> {
      await flushing
      // What failed before, and what came meanwhile.
      for (let tries = 0; tries < 2 && hasMore(); tries += 1) await flush()
    }
  },
  { name: 'audit-refusals', dependencies: ['audit', 'request-log', 'storage'] },
)

/** The method and the pattern of the path, which is the same with a slash at its end. */
function routeOf({ method, routeOptions: { url = '' } }: FastifyRequest): string {
  return `${method} ${url.replace(/(.)\/$/, '$1')}`
}

function isTold(request: FastifyRequest, status: number, code: string): boolean {
  if (toldAlready.has(code)) return false
  // A guest who comes without a token was only not yet asked for one.
  if (status === 401) return request.headers.authorization !== undefined
  return status === 403 || status === 429 || toldToo.has(code)
}
