import createError from '@fastify/error'
import fp from 'fastify-plugin'
import type { Database } from '../database/database.ts'
import { openDatabase } from '../database/index.ts'
import { probeAfterFailure } from '../readiness.ts'
import { createFindings } from '../start.findings.ts'
import { startStorage, type Proof } from '../start.ts'
import { createStorage, type Storage } from '../storage.ts'

declare module 'fastify' {
  interface FastifyInstance {
    database: Database
    storage: Storage
    /** What was proven of the database; undefined until it is ready. */
    proof: () => Proof | undefined
    /** Resolves when the database is ready for the first time; raises `StartError` when it never will be. */
    started: Promise<Proof>
  }
  interface FastifyContextConfig {
    /** Answers without a database. */
    offline?: boolean
  }
}

const NotReady = createError('not_ready', 'The service is starting; try again in a moment.', 503)

/** Passwords are changed, and databases made, on both sides within a minute of each other. */
const refusedForMs = 60_000

/** Opens the storage in the background, so that the service listens at once, and closes it. */
export default fp(
  (app) => {
    const { config, log } = app
    for (const warning of config.targetWarnings) log.warn({ warning }, 'DATABASE_URL')
    const database = openDatabase(config.target, { ...config.database, log })
    const storage = createStorage(database)
    const closing = new AbortController()
    let proof: Proof | undefined

    const { signal } = closing
    const findings = createFindings({ config, log, signal })
    const started = startStorage({
      config,
      database,
      storage,
      log,
      signal,
      refusedForMs,
      findings,
    }).then((found) => {
      // Until here the start itself asks again and again.
      probeAfterFailure(database, signal)
      return (proof = found)
    })
    // Whoever runs the process awaits it; without him nothing must end the process from here.
    started.catch(() => undefined)

    app.decorate('database', database)
    app.decorate('storage', storage)
    app.decorate('started', started)
    app.decorate('proof', () => proof)

    app.addHook('onRequest', (request, _reply, done) => {
      if (proof || request.routeOptions.config.offline || request.is404) return done()
      return done(new NotReady())
    })
    app.addHook('onClose', async () => {
      closing.abort()
      await database.close()
    })
  },
  { name: 'storage', dependencies: ['config'] },
)
