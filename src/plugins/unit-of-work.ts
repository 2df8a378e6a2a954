import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { UnitOptions } from '../database/database.ts'
import type { Act } from '../audit/entry.ts'
import { IdempotencyKeyReusedError, InvalidKeyError } from '../idempotency/idempotency.errors.ts'
import { createRepeat, KeyReusedError, type Repeat } from '../idempotency/repeat.ts'
import type { Repositories } from '../storage.ts'
import { auditOf } from './audit.ts'

export interface Answer {
  status: number
  headers?: Record<string, string>
  body?: unknown
}

/** What a change gives: the answer, and what the audit log is to say of it besides. */
export interface Change extends Answer {
  /** On which object, with which details, where it is not what the route declares; `nothing` when nothing changed. */
  audited?: Partial<Pick<Act, 'action' | 'actor' | 'object' | 'details'>> | 'nothing'
}

declare module 'fastify' {
  interface FastifyReply {
    /**
     * Runs a change as one unit of work and answers with what it gives, once it is durable. The same unit tells the
     * audit log. Under an Idempotency-Key the first answer comes again for a day, and nothing is changed twice. `body`
     * is what stands for a body that the route has read by itself.
     */
    change: (
      options: UnitOptions,
      work: (tx: Repositories) => Promise<Change>,
      body?: string,
    ) => Promise<FastifyReply>
    /**
     * Runs `work`. Where it finds nothing, or nothing that is the caller's to change, a request that came before under
     * its Idempotency-Key gets its first answer: a deletion is why there is nothing any more. `body` as for
     * `answerAgain`.
     */
    unlessRepeated: (
      work: () => Promise<FastifyReply>,
      body?: () => Promise<string>,
    ) => Promise<FastifyReply>
    /**
     * Sends its first answer to a request that came before under its Idempotency-Key, and tells whether it did: for
     * routes to which the first one made a difference before their unit. `body` gives what stands for a body that the
     * route reads by itself; it is asked only when something was kept under the key. Raises 422 for another request.
     */
    answerAgain: (body?: () => Promise<string>) => Promise<boolean>
  }
}

export default fp(
  (app) => {
    app.decorateReply(
      'change',
      async function change(
        this: FastifyReply,
        options: UnitOptions,
        work: (tx: Repositories) => Promise<Change>,
        body?: string,
      ) {
        const { request } = this
        const key = idempotencyKeyOf(request)
        const audited = async (tx: Repositories) => tellAudit(tx, request, await work(tx))
        if (key === undefined) return send(this, await app.storage.unitOfWork(options, audited))
        const repeat = repeatOf(request, key, body ?? request.body)
        const { answer, repeated } = await app.storage
          .repeatableUnit(options, repeat, audited)
          .catch(explainReuse)
        if (repeated) this.header('idempotent-replayed', 'true')
        return send(this, answer)
      },
    )
    app.decorateReply(
      'unlessRepeated',
      async function unlessRepeated(
        this: FastifyReply,
        work: () => Promise<FastifyReply>,
        body?: () => Promise<string>,
      ) {
        try {
          return await work()
        } catch (error) {
          if (!isMissing(error) || !(await this.answerAgain(body))) throw error
          return this
        }
      },
    )
    app.decorateReply(
      'answerAgain',
      async function answerAgain(this: FastifyReply, body?: () => Promise<string>) {
        const { request } = this
        const { idempotency } = app.storage
        const key = idempotencyKeyOf(request)
        if (key === undefined) return false
        if (body && !(await idempotency.isKept(repeatOf(request, key, null)))) return false
        const repeat = repeatOf(request, key, body ? await body() : request.body)
        const first = await idempotency.recall(repeat).catch(explainReuse)
        if (!first) return false
        send(this.header('idempotent-replayed', 'true'), first.answer as Answer)
        return true
      },
    )
  },
  { name: 'unit-of-work', dependencies: ['storage', 'auth', 'audit'] },
)

/** The request's Idempotency-Key, if it has one. Raises `InvalidKeyError`. */
export function idempotencyKeyOf(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key']
  if (key === undefined) return undefined
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key)) throw new InvalidKeyError()
  return key
}

/** The record of a request under its key; `body` is what stands for its body, for JSON. */
export function repeatOf(request: FastifyRequest, key: string, body: unknown): Repeat {
  return createRepeat({
    caller: request.caller?.userId ?? 'guest',
    key,
    content: JSON.stringify([
      request.method,
      request.url,
      request.headers['if-match'] ?? null,
      body ?? null,
    ]),
  })
}

/** Turns a key's second use into what the caller is told: 422. */
export function explainReuse(error: unknown): never {
  throw error instanceof KeyReusedError ? new IdempotencyKeyReusedError() : error
}

async function tellAudit(
  tx: Repositories,
  request: FastifyRequest,
  { audited, ...answer }: Change,
): Promise<Answer> {
  if (audited !== 'nothing') await tx.audit.add(auditOf(request, audited))
  return answer
}

function isMissing(error: unknown): boolean {
  const { statusCode } = error as { statusCode?: number }
  return statusCode === 404 || statusCode === 403 || statusCode === 410
}

function send(reply: FastifyReply, answer: Answer): FastifyReply {
  return reply
    .code(answer.status)
    .headers(answer.headers ?? {})
    .send(answer.body)
}
