import fp from 'fastify-plugin'
import { readNotices } from '../platform/notices.ts'

/** Tells the log, once the database is ready, what is to be known of its provider. Never asks again. */
export default fp(
  (app, _options, done) => {
    app.started
      .then(tell, () => undefined)
      .catch((error: unknown) => app.log.debug({ err: error }, 'no notices of the provider'))

    async function tell() {
      const notices = await readNotices(app.config.target, app.database)
      for (const { level, says, ...details } of notices) app.log[level](details, says)
    }

    done()
  },
  { name: 'provider-notices', dependencies: ['storage'] },
)
