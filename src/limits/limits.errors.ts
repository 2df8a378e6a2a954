import createError from '@fastify/error'

const TooManyAttempts = createError(
  'too_many_attempts',
  'There were too many attempts; try again in %s seconds.',
  429,
)

/** What may be tried how often, as draft-ietf-httpapi-ratelimit-headers names it. */
export interface Policy {
  name: string
  quota: number
  windowSeconds: number
}

export class TooManyAttemptsError extends TooManyAttempts {
  readonly headers: Record<string, string>

  constructor({ name, quota, windowSeconds }: Policy, leftMs: number) {
    const seconds = Math.max(1, Math.ceil(leftMs / 1000))
    super(seconds)
    this.headers = {
      'retry-after': `${seconds}`,
      'ratelimit-policy': `"${name}";q=${quota};w=${windowSeconds}`,
      ratelimit: `"${name}";r=0;t=${seconds}`,
    }
  }
}
