import createError from '@fastify/error'

export const TokenNotFoundError = createError(
  'token_not_found',
  'You have no API token of this id.',
  404,
)

export const ScopeNotAllowedError = createError(
  'scope_not_allowed',
  'Your role may not do what the scope %s is for.',
  403,
)

export const TooManyTokensError = createError(
  'too_many_tokens',
  'You have %s API tokens, and cannot have more: delete one that you no longer need.',
  409,
)

const InvalidExpiry = createError(
  'invalid_request',
  'An API token ends in the future, after at most 365 days.',
  400,
)

export class InvalidExpiryError extends InvalidExpiry {
  readonly errors = [
    { pointer: '/expiresAt', detail: 'must be in the future, at most 365 days from now' },
  ]
}
