import createError from '@fastify/error'
import { refusalFields, secondsOf, type Policy } from './fields.ts'

const RateLimited = createError(
  'rate_limited',
  'These are more requests than %s in a minute; try again in %s seconds.',
  429,
)

export class RateLimitedError extends RateLimited {
  readonly headers: Record<string, string>

  constructor(policy: Policy, waitMs: number) {
    super(policy.quota, secondsOf(waitMs))
    this.headers = refusalFields(policy, waitMs)
  }
}
