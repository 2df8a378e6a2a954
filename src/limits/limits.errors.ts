import createError from '@fastify/error'
import { refusalFields, secondsOf, type Policy } from '../rate-limit/fields.ts'

const TooManyAttempts = createError(
  'too_many_attempts',
  'There were too many attempts; try again in %s seconds.',
  429,
)

export class TooManyAttemptsError extends TooManyAttempts {
  readonly headers: Record<string, string>

  constructor(policy: Policy, leftMs: number) {
    super(secondsOf(leftMs))
    this.headers = refusalFields(policy, leftMs)
  }
}
