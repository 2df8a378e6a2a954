import fp from 'fastify-plugin'
import { createChecker, type Checker } from '../descriptions/checker.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Finds out what an uploaded document is; its thread starts with the first one. */
    descriptions: Pick<Checker, 'check'>
  }
}

export default fp(
  (app) => {
    const checker = createChecker({ maxBytes: app.config.uploadMaxBytes, log: app.log })
    app.decorate('descriptions', checker)
    app.addHook('onClose', () => checker.close())
  },
  { name: 'descriptions', dependencies: ['config'] },
)
