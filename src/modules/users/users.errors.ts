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

export const UserNotFoundError = createError('user_not_found', 'There is no user of this id.', 404)

export const LastAdminError = createError(
  'last_admin',
  'Nobody else could administer the service then: make another administrator first.',
  409,
)

export const OwnsSpecsError = createError(
  'owns_specs',
  'The user has specs: say who gets them, or that they are to be deleted.',
  409,
)

export const OwnsAnnouncementsError = createError(
  'owns_announcements',
  'The user has announcements, and there is no administrator to take them: say who gets them.',
  409,
)

export const UserDisabledError = createError(
  'user_disabled',
  'The user is disabled: enable him first.',
  409,
)

export const ResetInvalidError = createError(
  'reset_invalid',
  'This reset was used or is over; an administrator can make another one.',
  410,
)

const InvalidHeir = createError('invalid_request', 'Nobody can get the specs that way.', 400)

export class InvalidHeirError extends InvalidHeir {
  readonly errors = [{ parameter: 'transferTo', detail: 'must be the id of another active user' }]
}

const ContradictoryDeletion = createError(
  'invalid_request',
  'Specs are either transferred or deleted.',
  400,
)

export class ContradictoryDeletionError extends ContradictoryDeletion {
  readonly errors = [{ parameter: 'specs', detail: 'cannot be given with transferTo' }]
}
