import createError from '@fastify/error'

export const InvalidPasswordError = createError(
  'invalid_password',
  'A password is 12 to 128 characters, at most 512 bytes.',
  400,
)

export const CommonPasswordError = createError(
  'common_password',
  'This password is among the first that are guessed: take several words that do not belong together, or a ' +
    'password manager.',
  400,
)
