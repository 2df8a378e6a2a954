import createError from '@fastify/error'

/** One for all that can be wrong with an invite: whoever tries learns nothing of it. */
export const InviteInvalidError = createError(
  'invite_invalid',
  'This invite was used, is over or was withdrawn, or it is for somebody else.',
  410,
)

export const InviteNotFoundError = createError(
  'invite_not_found',
  'There is no invite of this id that you may see.',
  404,
)

export const InviteUsedError = createError(
  'invite_used',
  'Somebody came in with this invite; it says who.',
  409,
)

export const RoleNotAllowedError = createError(
  'role_not_allowed',
  'You may not invite anybody into this role.',
  403,
)

const InvalidExpiry = createError('invalid_request', 'An invite lasts for up to 30 days.', 400)

export class InvalidExpiryError extends InvalidExpiry {
  readonly errors = [{ pointer: '/expiresAt', detail: 'must be within the next 30 days' }]
}
