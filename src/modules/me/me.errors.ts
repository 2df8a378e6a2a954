import createError from '@fastify/error'

export const WrongPasswordError = createError(
  'wrong_password',
  'The current password is another one.',
  403,
)

export const SessionNotFoundError = createError(
  'session_not_found',
  'You have no session of this id.',
  404,
)
