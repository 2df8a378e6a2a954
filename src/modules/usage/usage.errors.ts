import createError from '@fastify/error'

const InvalidRange = createError('invalid_request', 'The first day is after the last.', 400)

export class InvalidRangeError extends InvalidRange {
  readonly errors = [{ parameter: 'from', detail: 'must not be after `to`' }]
}
