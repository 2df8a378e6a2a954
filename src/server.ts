import { flushCompileCache } from 'node:module'
import closeWithGrace from 'close-with-grace'
import { buildApp } from './app.ts'
import { readConfig } from './config/config.ts'
import { StartError } from './database/database.errors.ts'

type App = Awaited<ReturnType<typeof buildApp>>

/** Shorter than the 30 seconds after which platforms kill. */
const graceMs = 25_000

/**
 * The process: listens at once, says so, becomes ready when the database is, and closes on a signal.
 * A database that will never do ends it with the exit code of the reason.
 */
export async function serve(): Promise<void> {
  const config = readConfig()
  let app: App | undefined
  let closing = false
  const logger = { error: (message: string) => (app?.log ?? console).error(message) }
  // That of scripts/build.ts; it goes after the other has come, or a signal that is on its way would be lost.
  const early = process.listeners('SIGTERM')
  // A start that fails ends by itself, with an exit code of its own.
  closeWithGrace({ delay: graceMs, logger, skip: ['beforeExit'] }, async ({ err }) => {
    closing = true
    if (err) {
      if (app) app.log.fatal({ err }, 'ending after an error')
      else console.error(err)
    }
    await app?.close()
  })
  for (const listener of early) process.off('SIGTERM', listener)
  app = await buildApp(config, { level: config.logLevel })
  try {
    if (!closing) await start(app)
  } catch (error) {
    // Asked to end before it was ready: whoever asked is at work on it.
    if (closing) return
    const known = error instanceof StartError
    const exitCode = known ? error.exitCode : 1
    if (known) app.log.fatal({ exitCode }, error.message)
    else app.log.fatal({ exitCode, err: error }, 'the service cannot start')
    await app.close()
    process.exit(exitCode)
  }
}

async function start(app: App): Promise<void> {
  const { config, database, log } = app
  await app.listen({ port: config.port, host: config.host })
  await app.started
  const address = config.publicUrl ?? `http://localhost:${config.port}`
  log.info({ engine: database.engine, docs: `${address}/docs` }, 'ready')
  // For the next start, should this one be killed; does nothing where there is no cache.
  flushCompileCache()
  if (!(await app.storage.users.exist())) log.warn(howToBegin)
}

const howToBegin =
  'nobody can log in yet: set ADMIN_USERNAME and ADMIN_PASSWORD and start again, or run ' +
  '`npm run holdfast -- user create --admin --username NAME --password-stdin`'
