import { flushCompileCache } from 'node:module'
import closeWithGrace from 'close-with-grace'
import { buildApp } from './app.ts'
import { readConfig } from './config/config.ts'
import { StartError } from './database/database.errors.ts'

/** Shorter than the 30 seconds after which platforms kill. */
const graceMs = 25_000

/**
 * The process: listens at once, says so, becomes ready when the database is, and closes on a signal.
 * A database that will never do ends it with the exit code of the reason.
 */
export async function serve(): Promise<void> {
  const config = readConfig()
  const app = await buildApp(config, { level: config.logLevel })
  let closing = false
  closeWithGrace({ delay: graceMs, logger: app.log }, async ({ err }) => {
    closing = true
    if (err) app.log.fatal({ err }, 'ending after an error')
    await app.close()
  })
  try {
    await app.listen({ port: config.port, host: config.host })
    await app.started
    app.log.info(
      { engine: app.database.engine, docs: `http://localhost:${config.port}/docs` },
      'ready',
    )
    // For the next start, should this one be killed; does nothing where there is no cache.
    flushCompileCache()
    if (!(await app.storage.users.exist())) app.log.warn(howToBegin)
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

const howToBegin =
  'nobody can log in yet: set ADMIN_USERNAME and ADMIN_PASSWORD and start again, or run ' +
  '`npm run holdfast -- user create --admin --username NAME --password-stdin`'
