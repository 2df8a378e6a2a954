import type { FastifyContextConfig, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { RateLimits } from '../config/config.ts'
import { createGenerations } from '../generations.ts'
import { networkOf } from '../limits/network.ts'
import { rateLimitFields } from '../rate-limit/fields.ts'
import { RateLimitedError } from '../rate-limit/limiter.errors.ts'
import { createLimiter, type Limiter } from '../rate-limit/limiter.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a request counts as; by default as a read or a write, by its method. False: it is never limited. */
    limit?: 'uploads' | 'exports' | false
  }
  interface FastifyInstance {
    /** Counts a request whose token was good, before it is asked what its caller may do. Raises 429. */
    limitKnown: (request: FastifyRequest, reply: FastifyReply) => void
  }
}

/**
 * Limits how often a user, or an address without one, may call in a minute: counted by this instance, for itself, so
 * that several together let as many times as much pass. Guests are counted when they arrive. For a request with a
 * token it is asked first how many bad ones came from its address; it is counted for its user once he is known. An
 * answer has the RateLimit fields once half of the quota is used.
 */
export default fp(
  (app, _options, done) => {
    const limiters = createLimiters(app.config.rateLimits)
    const anyLimit = Object.values(limiters).some((limiter) => limiter !== undefined)
    app.decorate('limitKnown', anyLimit ? limitKnown : () => undefined)
    if (!anyLimit) return done()

    // Before anything is asked of the database; refusals and unknown paths are counted like everything else.
    app.addHook('onRequest', (request, reply, next) => {
      const { config } = request.routeOptions
      const limiter = limiterFor(request, config)
      if (!limiter) return next()
      const address = addressOf(request)
      if (!isAskedForToken(request, config)) return next(count(limiter, address, reply))
      const failures = failuresOf(address)
      if (limiter.mayPass(failures)) return next()
      return next(new RateLimitedError(limiter.policy, limiter.waitMs(failures)))
    })

    app.addHook('onError', (request, _reply, error, next) => {
      const { config } = request.routeOptions
      if (error.statusCode === 401 && isAskedForToken(request, config)) {
        limiterFor(request, config)?.take(failuresOf(addressOf(request)))
      }
      next()
    })

    function limitKnown(request: FastifyRequest, reply: FastifyReply): void {
      const limiter = limiterFor(request, request.routeOptions.config)
      if (!limiter) return
      const refusal = count(limiter, request.caller?.userId ?? addressOf(request), reply)
      if (refusal) throw refusal
    }

    function limiterFor(
      { method }: FastifyRequest,
      { limit }: FastifyContextConfig,
    ): Limiter | undefined {
      if (limit === false) return undefined
      return limiters[limit ?? (reading.has(method) ? 'reads' : 'writes')]
    }

    done()
  },
  { name: 'rate-limit', dependencies: ['config', 'errors'] },
)

const reading = new Set(['GET', 'HEAD', 'OPTIONS'])

function createLimiters({ reads, writes, uploads, exports }: RateLimits) {
  const limiter = (name: string, perMinute: number) =>
    perMinute === 0 ? undefined : createLimiter({ name, perMinute })
  return {
    reads: limiter('reads', reads),
    writes: limiter('writes', writes),
    uploads: limiter('uploads', uploads),
    exports: limiter('exports', exports),
  }
}

/** Gives the refusal, if the key has used up its quota. */
function count(limiter: Limiter, key: string, reply: FastifyReply): Error | undefined {
  const left = limiter.take(key)
  if (left < 0) return new RateLimitedError(limiter.policy, limiter.waitMs(key))
  if (left < limiter.policy.quota / 2) {
    reply.headers(rateLimitFields(limiter.policy, left, limiter.restMs(key)))
  }
  return undefined
}

/** Whether a token came to a route that looks at tokens. */
function isAskedForToken({ headers }: FastifyRequest, { access }: FastifyContextConfig): boolean {
  return headers.authorization !== undefined && access !== undefined && access.who !== 'public'
}

/** What stands for the sender. A connection that is gone has no address, and a proxy may hand on words that are none. */
function addressOf(request: FastifyRequest): string {
  const ip = (request.ip as string | undefined) ?? 'gone'
  if (!ip.includes(':')) return ip.slice(0, longestAddress)
  const known = networks.get(ip)
  if (known !== undefined) return known
  const network = networkOf(ip.slice(0, longestAddress))
  networks.set(ip.slice(0, longestAddress), network)
  return network
}

const longestAddress = 64
/** Of IPv6 addresses: finding them out takes longer than all the rest of the counting. */
const networks = createGenerations<string>(2000)

/** Bad tokens are counted apart: those who share an address with their sender go on without one. */
const failuresOf = (address: string) => `!${address}`
