/** In whole requests and seconds, as draft-ietf-httpapi-ratelimit-headers has them. */
export interface Policy {
  name: string
  quota: number
  windowSeconds: number
}

/** `RateLimit-Policy` and `RateLimit` as draft-ietf-httpapi-ratelimit-headers has them since its tenth version. */
export function rateLimitFields(policy: Policy, left: number, ms: number): Record<string, string> {
  const { name, quota, windowSeconds } = policy
  return {
    'ratelimit-policy': `"${name}";q=${quota};w=${windowSeconds}`,
    ratelimit: `"${name}";r=${left};t=${secondsOf(ms)}`,
  }
}

/** Whole seconds, never too few. */
export function secondsOf(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000))
}

/** The headers of a 429: when to come again, and what was used up. */
export function refusalFields(policy: Policy, waitMs: number): Record<string, string> {
  return { 'retry-after': `${secondsOf(waitMs)}`, ...rateLimitFields(policy, 0, waitMs) }
}
