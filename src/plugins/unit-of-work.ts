import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { UnitOptions } from '../database/database.ts'
import { IdempotencyKeyReusedError, InvalidKeyError } from '../idempotency/idempotency.errors.ts'
import { createRepeat, KeyReusedError } from '../idempotency/repeat.ts'
import type { Repositories } from '../storage.ts'

export interface Answer {
  status: number
  headers?: Record<string, string>
  body?: unknown
}

declare module 'fastify' {
  interface FastifyReply {
    /**
     * Runs a change as one unit of work and answers with what it gives, once it is durable. Under an
     * Idempotency-Key the first answer comes again for a day, and nothing is changed twice.
     */
    change: (
      options: UnitOptions,
      work: (tx: Repositories) => Promise<Answer>,
    ) => Promise<FastifyReply>
  }
}

export default fp(
  (app) => {
    app.decorateReply(
      'change',
      async function change(
        this: FastifyReply,
        options: UnitOptions,
        work: (tx: Repositories) => Promise<Answer>,
      ) {
        const { request } = this
        const key = request.headers['idempotency-key']
        if (key === undefined) return send(this, await app.storage.unitOfWork(options, work))
        const repeat = createRepeat(identify(request, key))
        const { answer, repeated } = await app.storage
          .repeatableUnit(options, repeat, work)
          .catch(explainReuse)
        if (repeated) this.header('idempotent-replayed', 'true')
        return send(this, answer)
      },
    )
  },
  { name: 'unit-of-work', dependencies: ['storage', 'auth'] },
)

function identify(request: FastifyRequest, key: string | string[]) {
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key)) throw new InvalidKeyError()
  return {
    caller: request.caller?.userId ?? 'guest',
    key,
    content: JSON.stringify([
      request.method,
      request.url,
      request.headers['if-match'] ?? null,
      request.body ?? null,
    ]),
  }
}

function explainReuse(error: unknown): never {
  throw error instanceof KeyReusedError ? new IdempotencyKeyReusedError() : error
}

function send(reply: FastifyReply, answer: Answer): FastifyReply {
  return reply
    .code(answer.status)
    .headers(answer.headers ?? {})
    .send(answer.body)
}
