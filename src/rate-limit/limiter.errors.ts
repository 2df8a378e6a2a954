import createError from '@fastify/error'
import { rateLimitFields, secondsOf } from './fields.ts'
import type { Policy } from './limiter.ts'

const RateLimited = createError(
  'rate_limited',
  'These are more requests than %s in a minute; try again in %s seconds.',
  429,
)

export class RateLimitedError extends RateLimited {
  readonly headers: Record<string, string>

  constructor(policy: Policy, waitMs: number) {
    super(policy.quota, secondsOf(waitMs))
    this.headers = {
      'retry-after': String(secondsOf(waitMs)),
      ...rateLimitFields(policy, 0, waitMs),
    }
  }
}
