import fp from 'fastify-plugin'
import { isAwake } from '../database/awake.ts'
import { waitAtMost } from '../patience.ts'

/** After the request that it comes with. */
const afterMs = 5_000
const budgetMs = 2_000
/** How long after a run that came to its end the next one is due, and after one that did not. */
const everyMs = 3_600_000
const soonMs = 60_000
/** What the end waits for a batch; a database that is away would take longer. */
const lastMs = 5_000

/**
 * Deletes what is kept no longer, near traffic: a while after a request, at most once an hour on one of the instances,
 * and never while the database may be asleep. Nobody waits for it.
 */
export default fp(
  (app) => {
    let nextAt = 0
    let timer: NodeJS.Timeout | undefined
    let running: Promise<void> | undefined

    app.addHook('onResponse', (request, _reply, done) => {
      if (!timer && !running && Date.now() >= nextAt && !request.routeOptions.config.quiet) {
        timer = setTimeout(onTimer, afterMs).unref()
      }
      done()
    })

    function onTimer() {
      timer = undefined
      if (isAwake(app.database)) running ??= run().finally(() => (running = undefined))
    }

    async function run(): Promise<void> {
      const now = Date.now()
      const due = {
        endedBefore: timestamp(now - everyMs),
        unfinishedBefore: timestamp(now - soonMs),
      }
      nextAt = now + everyMs
      try {
        const ended = await app.jobs.runDue('retention', { budgetMs, due })
        if (!ended) return
        if (ended.outcome === 'unfinished') nextAt = now + soonMs
        app.log.info({ outcome: ended.outcome, ...ended.details }, 'retention')
      } catch (error) {
        nextAt = now + soonMs
        app.log.debug({ err: error }, 'retention not run yet')
      }
    }

    app.addHook('onClose', async () => {
      clearTimeout(timer)
      if (running) await waitAtMost(lastMs, running)
    })
  },
  { name: 'retention', dependencies: ['storage', 'jobs'] },
)

function timestamp(ms: number): string {
  return new Date(ms).toISOString()
}
