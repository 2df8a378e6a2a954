import createError from '@fastify/error'

const InvalidCredentials = createError(
  'invalid_credentials',
  'The username or the password is wrong.',
  401,
)

/** The same for an unknown user, a disabled one and a wrong password. */
export class InvalidCredentialsError extends InvalidCredentials {
  readonly headers = { 'www-authenticate': 'Bearer' }
}
