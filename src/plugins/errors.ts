import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { databaseErrorIn } from '../database/database.errors.ts'
import { problemOfDatabase } from './errors.database.ts'
import { problemOfValidation } from './errors.validation.ts'
import { sendProblem, type Problem } from './problem.ts'

/** Fastify's own refusals, in the words of the API. */
const frameworkCodes: Record<string, string> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'invalid_json',
  FST_ERR_CTP_INVALID_JSON_BODY: 'invalid_json',
}

/** Everything that goes wrong leaves through here, as application/problem+json (RFC 9457). */
export default fp(
  (app) => {
    app.setErrorHandler(answerError)
  },
  { name: 'errors' },
)

export function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply) {
  if (isGone(error, request)) {
    request.log.info('the sender went away')
    return
  }
  const problem = problemOf(error, request)
  // What a driver's error carries stays out of the log when there is an error of ours in it.
  const err = databaseErrorIn(error) ?? error
  if (problem.status >= 500) request.log[level(problem)]({ err }, problem.code)
  sendProblem(request, reply, problem)
}

/** Nobody is there to be answered, and nothing went wrong here. A connection to the database may be reset as well. */
function isGone(error: FastifyError, request: FastifyRequest): boolean {
  const reset = error.code === 'ECONNRESET' && databaseErrorIn(error) === undefined
  return reset && request.raw.socket.destroyed
}

function problemOf(error: FastifyError & Partial<Problem>, request: FastifyRequest): Problem {
  if (error.validation) return problemOfValidation(error)
  const database = databaseErrorIn(error)
  if (database) return problemOfDatabase(database, request)
  if (error.code === 'ENOSPC') return noRoom
  const status = error.statusCode ?? 500
  const known = frameworkCodes[error.code]
  if (status === 500) return internal
  return {
    status,
    code: known ?? codeOf(error),
    detail: error.message,
    ...(error.errors && { errors: error.errors }),
    ...(error.members && { members: error.members }),
    headers: { ...(status === 503 && { 'retry-after': '1' }), ...error.headers },
  }
}

/** The factory of our named errors writes their codes in capitals; the API has small letters. */
function codeOf({ code }: Partial<FastifyError>): string {
  return !code || code.startsWith('FST_') ? 'bad_request' : code.toLowerCase()
}

/** For the temporary file of an import, or the copy before one. */
const noRoom: Problem = {
  status: 507,
  code: 'storage_full',
  detail: 'The disk of the service is full; nothing was changed.',
}

const internal: Problem = {
  status: 500,
  code: 'internal_error',
  detail: 'Something went wrong here; the log knows it under the request id.',
}

/** What the service expects to happen (a full queue, a lost database) is not an error of the service. */
function level(problem: Problem): 'error' | 'warn' {
  return problem.status === 500 ? 'error' : 'warn'
}
