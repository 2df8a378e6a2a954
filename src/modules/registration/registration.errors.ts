import createError from '@fastify/error'

export const RegistrationClosedError = createError(
  'registration_closed',
  'Nobody can register here; administrators make users.',
  403,
)

export const InviteRequiredError = createError(
  'invite_required',
  'Registering here takes an invite.',
  403,
)
