import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { problem } from '../../plugins/openapi.responses.ts'
import { explainReuse, idempotencyKeyOf, repeatOf } from '../../plugins/unit-of-work.ts'
import { JobEnded, JobParams } from './operations.schemas.ts'

/** Shorter than the half minute after which proxies give up. */
const budgetMs = 20_000

/** POST runs a job now, for a timer elsewhere: one in the process would end with a sleeping instance. */
const routes: FastifyPluginCallbackTypebox = (app, _options, done) => {
  app.post(
    '/run/:job',
    {
      config: {
        access: { who: 'admin', scope: 'ops:run', object: 'every' },
        action: 'job.run',
      },
      schema: {
        tags: ['Operations'],
        summary: 'Run a job now',
        description:
          'Answers when it has ended, after 20 seconds at most. `retention` deletes what is kept no longer.',
        params: JobParams,
        response: {
          200: JobEnded,
          404: problem('There is no such job'),
          409: problem('It is being run already'),
        },
      },
    },
    async (request, reply) => {
      const { job } = request.params
      const key = idempotencyKeyOf(request)
      const repeat = key === undefined ? undefined : repeatOf(request, key, request.body)
      const first = repeat && (await app.storage.idempotency.recall(repeat).catch(explainReuse))
      const begun = first ? undefined : await app.jobs.begin(job, budgetMs)
      const ended = await begun?.work()
      return reply.change({}, async (tx) => {
        if (!begun || !ended) throw new Error('the first answer is gone')
        await begun.end(tx, ended)
        return {
          status: 200,
          body: ended,
          audited: {
            object: { kind: 'job', id: job, name: job },
            details: { outcome: ended.outcome, ...ended.details },
          },
        }
      })
    },
  )

  done()
}

export default routes
