import { hostname } from 'node:os'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { maskTarget } from '../../database/target/target.ts'
import { readNotices } from '../../platform/notices.ts'
import { healthOf } from '../health/health.ts'
import { jobsHealth } from './jobs.health.ts'
import { Frozen, OperatorHealth } from './operations.schemas.ts'

const tags = ['Operations']
const runs = { who: 'admin', scope: 'ops:run' } as const

const routes: FastifyPluginCallbackTypebox = (app, _options, done) => {
  app.get(
    '/health',
    {
      config: { access: { who: 'admin', scope: 'ops:read' } },
      schema: {
        tags,
        summary: 'How is the service, in detail?',
        description: 'Asks the database, which `/health` never does.',
        response: { 200: OperatorHealth },
      },
    },
    async () => {
      const { target, platform } = app.config
      const database = await app.database.describe()
      return {
        ...healthOf(app),
        host: hostname(),
        memoryBytes: process.memoryUsage.rss(),
        frozen: (await app.storage.settings.get('frozen')) !== undefined,
        lastError: app.database.lastOutcome()?.error ?? null,
        address: maskTarget(target),
        platform: platform ?? null,
        provider: (target.kind === 'postgres' && target.provider) || null,
        jobs: await jobsHealth(app),
        notices: await readNotices(target, app.database, database),
        database,
      }
    },
  )

  app.post(
    '/freeze',
    {
      config: { access: runs, action: 'service.freeze' },
      schema: {
        tags,
        summary: 'Refuse every write, on every instance, until thawed',
        description: 'Returns when the last write that was under way has ended.',
        response: { 200: Frozen },
      },
    },
    async (_request, reply) =>
      reply.change({ exclusive: true, evenFrozen: true }, async (tx) => {
        await tx.settings.set('frozen', new Date().toISOString())
        return { status: 200, body: { frozen: true } }
      }),
  )

  app.post(
    '/thaw',
    {
      config: { access: runs, action: 'service.thaw' },
      schema: { tags, summary: 'Let writes pass again', response: { 200: Frozen } },
    },
    async (_request, reply) =>
      reply.change({ evenFrozen: true }, async (tx) => {
        await tx.settings.remove('frozen')
        return { status: 200, body: { frozen: false } }
      }),
  )

  done()
}

export default routes
