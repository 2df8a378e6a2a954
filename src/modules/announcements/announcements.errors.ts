import createError from '@fastify/error'

export const AnnouncementNotFoundError = createError(
  'announcement_not_found',
  'There is no announcement of this id that you may see.',
  404,
)

const InvalidTimes = createError('invalid_request', 'An announcement ends after it starts.', 400)

export class InvalidTimesError extends InvalidTimes {
  readonly errors = [{ pointer: '/endsAt', detail: 'must be after startsAt' }]
}

const InvalidTime = createError('invalid_request', 'A time is outside the years 1 to 9999.', 400)

export class InvalidTimeError extends InvalidTime {
  readonly errors: { pointer: string; detail: string }[]
  constructor(pointer: string) {
    super()
    this.errors = [{ pointer, detail: 'must be a time of the years 1 to 9999' }]
  }
}
