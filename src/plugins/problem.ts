import { STATUS_CODES } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { pathOf } from '../http/path.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The code of the problem that it was answered with; null where there was none. */
    problemCode: string | null
  }
}

export interface Problem {
  status: number
  code: string
  detail: string
  errors?: { pointer?: string; parameter?: string; detail: string }[]
  outcome?: string
  headers?: Record<string, string>
  /** Further members that the API names for this problem. */
  members?: Record<string, unknown>
}

/** Answers with a problem, and with none of the headers that were meant for another content. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem): void {
  request.problemCode = problem.code
  for (const name of ['content-encoding', 'content-disposition', 'etag']) reply.removeHeader(name)
  void reply
    .code(problem.status)
    .headers(problem.headers ?? {})
    .type(problemType)
    .serializer(JSON.stringify)
    .send(describe(problem, pathOf(request.url), request.id))
}

export const problemType = 'application/problem+json'

/** RFC 9457. */
export function describe(problem: Problem, instance: string, requestId: string) {
  return {
    type: 'about:blank',
    title: STATUS_CODES[problem.status],
    status: problem.status,
    detail: problem.detail,
    instance,
    code: problem.code,
    requestId,
    ...(problem.errors && { errors: problem.errors }),
    ...(problem.outcome && { outcome: problem.outcome }),
    ...problem.members,
  }
}
