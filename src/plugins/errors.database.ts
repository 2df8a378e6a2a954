import type { FastifyRequest } from 'fastify'
import type { DatabaseError, DatabaseErrorKind } from '../database/database.errors.ts'
import type { Problem } from './problem.ts'

const answers: Record<DatabaseErrorKind, { status: number; code: string; detail: string }> = {
  unavailable: unavailable('database_unavailable', 'The database cannot be reached right now.'),
  timeout: unavailable('database_timeout', 'The database took too long.'),
  busy: unavailable('busy', 'Too much is being asked at once.'),
  frozen: unavailable('frozen', 'Writes are frozen for the moment.'),
  readonly: unavailable('database_readonly', 'The database takes no writes right now.'),
  corrupt: unavailable('database_unavailable', 'The database cannot be trusted right now.'),
  full: { status: 507, code: 'storage_full', detail: 'There is no room left to store this.' },
  conflict: { status: 409, code: 'conflict', detail: 'Others changed the same at the same time.' },
  // What a row refers to is looked at before it is written: it went in between, as with the account of who writes.
  foreign_key: {
    status: 409,
    code: 'conflict',
    detail: 'What this belongs to was deleted at the same time.',
  },
  // These are told by the modules, in the words of what was asked; one that gets here was not foreseen.
  unique: unforeseen(),
  check: unforeseen(),
  not_null: unforeseen(),
  other: unforeseen(),
}

/** Gives the status of an error of the database: 503 with Retry-After, 507, 409, and 500 for our own mistakes. */
export function problemOfDatabase(error: DatabaseError, request: FastifyRequest): Problem {
  const answer = answers[error.kind]
  const changes = request.method !== 'GET' && request.method !== 'HEAD'
  return {
    ...answer,
    ...(answer.status === 503 && { headers: { 'retry-after': '1' } }),
    ...(changes && error.outcome && { outcome: error.outcome }),
  }
}

function unavailable(code: string, detail: string) {
  return { status: 503, code, detail: `${detail} Try again in a moment.` }
}

function unforeseen() {
  const detail = 'Something went wrong here; the log knows it under the request id.'
  return { status: 500, code: 'internal_error', detail }
}
