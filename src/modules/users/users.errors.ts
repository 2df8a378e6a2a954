import createError from '@fastify/error'

export const UsernameTakenError = createError(
  'username_taken',
  'There is a user of this name already.',
  409,
)

export const EmailTakenError = createError(
  'email_taken',
  'There is a user with this e-mail address already.',
  409,
)

export const InvalidUsernameError = createError(
  'invalid_username',
  'A username is 2 to 64 of a-z, 0-9, underscore, dot and hyphen.',
  400,
)

export const InvalidPasswordError = createError(
  'invalid_password',
  'A password is 12 to 128 characters, at most 512 bytes.',
  400,
)
