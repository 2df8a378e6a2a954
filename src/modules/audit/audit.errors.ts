import createError from '@fastify/error'

const InvalidTime = createError('invalid_request', 'A time is outside the years 1 to 9999.', 400)

export class InvalidTimeError extends InvalidTime {
  readonly errors: { parameter: string; detail: string }[]
  constructor(parameter: string) {
    super()
    this.errors = [{ parameter, detail: 'must be a time of the years 1 to 9999' }]
  }
}
