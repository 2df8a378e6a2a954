import createError from '@fastify/error'

const Unauthorized = createError(
  'unauthorized',
  'This needs a valid token, sent as Authorization: Bearer …',
  401,
)

export class UnauthorizedError extends Unauthorized {
  readonly headers = { 'www-authenticate': 'Bearer' }
}

export const ForbiddenError = createError('forbidden', 'Your role does not allow this.', 403)
