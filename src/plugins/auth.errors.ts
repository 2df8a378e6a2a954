import createError from '@fastify/error'

const Unauthorized = createError(
  'unauthorized',
  'This needs a valid token, sent as Authorization: Bearer …',
  401,
)

export class UnauthorizedError extends Unauthorized {
  readonly headers = { 'www-authenticate': 'Bearer' }
}

export const ForbiddenError = createError('forbidden', 'You may not do this.', 403)

/** Of an API token, for what none of them is good for. */
export const SessionRequiredError = createError(
  'session_required',
  'This takes a session, by logging in: no API token is good for it.',
  403,
)

/** Of an API token that is good, and not for this. */
export const MissingScopeError = createError(
  'missing_scope',
  'This API token is not for this: it would need the scope %s.',
  403,
)
