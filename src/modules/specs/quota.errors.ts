import createError from '@fastify/error'

const QuotaExceeded = createError('quota_exceeded', '%s', 403)

/** What is counted, and how it is called. */
const nouns = { specs: 'specs', bytes: 'bytes of documents' }

/** An owner has not so much room left. Nothing is to be stored then. */
export class QuotaExceededError extends QuotaExceeded {
  readonly members: { quota: 'specs' | 'bytes'; limit: number; used: number }
  constructor(quota: 'specs' | 'bytes', limit: number, used: number) {
    super(`The owner may have ${limit} ${nouns[quota]} and has ${used}: there is no room for this.`)
    this.members = { quota, limit, used }
  }
}
