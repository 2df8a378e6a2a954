import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'

/** Something that the service told somebody: an answer, a line of its log, a file that it wrote. */
export interface Told {
  /** Where it was told, for whoever reads the finding. */
  where: string
  text: string
  /** Of an answer whose business it is to hand out a new token, or to repeat it under its Idempotency-Key. */
  issues?: 'new' | 'again' | undefined
  /** Of an answer: how much had been sent, as `sent()` gave it, when its request came. */
  since?: number | undefined
  /** Logs name nobody's address, either. */
  log?: boolean
  /** Answers that something went wrong say nothing of how the service is made. */
  failure?: boolean
}

export type Canaries = ReturnType<typeof createCanaries>

const tokens = /hf_(?:api_|invite_|reset_)?[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])/g
const hashes = /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/g
const email = /[a-z0-9.+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+/i
const innards =
  /\bSQLITE_|\b(?:select|update|insert into|delete from)\b[^,]*\\?"|node_modules|\.ts:\d+|\bat .+:\d+:\d+/
const passwordHash = /\$argon2(?:id|i|d)\$/

/** Those that stand in the description of the API. */
const examples = ['3f9vJc1p0m2yq8cX4sZ7bK6nD5tR1wE0uA2hLgQxVYo', 'correct horse battery staple']

/** Shorter texts, and those of few letters, stand somewhere by chance. */
const leastLength = 12
const leastLetters = 6

/**
 * What must never be told, gathered while the tests run: password hashes of any kind, secrets that were configured or
 * sent, tokens but in the one answer that makes them, and the hashes of tokens.
 */
export function createCanaries() {
  const secrets = new Map<string, string>()
  const knownHashes = new Set<string>()
  /** Of tokens that were sent, when for the first time: how many others had been by then. */
  const sentAt = new Map<string, number>()
  const issued = new Set<string>()
  const findings: string[] = []

  function find(told: Told): string[] {
    const { text, issues, since = 0, log, failure } = told
    const found: string[] = []
    if (passwordHash.test(text)) found.push('a password hash')
    for (const [secret, what] of secrets) if (text.includes(secret)) found.push(what)
    for (const [hash] of text.matchAll(hashes)) {
      if (knownHashes.has(hash)) found.push('the hash of a token')
    }
    for (const [token] of text.matchAll(tokens)) {
      if (examples.some((example) => token.endsWith(example))) continue
      // One may be sent before the answer that made it is looked at, but not before that was asked for.
      const again = issued.has(token) || (sentAt.get(hashOf(token)) ?? since) < since
      if (!issues || (again && issues === 'new')) found.push('a token')
    }
    if (failure && innards.test(text)) found.push('how the service is made')
    if (log && email.test(text)) found.push('an e-mail address')
    return found
  }

  return {
    /** A text that must be told nowhere. */
    keep(what: string, secret: string): void {
      if (secret.length < leastLength || new Set(secret).size < leastLetters) return
      if (!examples.includes(secret)) secrets.set(secret, what)
    },

    /** A token that somebody sent: its hash must be told nowhere. */
    keepToken(token: string): void {
      const hash = hashOf(token)
      knownHashes.add(hash)
      if (!sentAt.has(hash)) sentAt.set(hash, sentAt.size)
    },

    /** How many different tokens were sent until now. */
    sent: () => sentAt.size,

    /** Looks for all of it in what was told. */
    look(told: Told): void {
      findings.push(...find(told).map((what) => `${told.where} tells ${what}`))
      // A repetition may be told before what it repeats: both wait for the same unit.
      if (told.issues !== 'new') return
      const fresh = [...told.text.matchAll(tokens)].map(([token]) => token)
      for (const token of fresh) {
        issued.add(token)
        knownHashes.add(hashOf(token))
      }
    },

    /** What was found until now; it is forgotten then. */
    take: () => findings.splice(0),
  }
}

/** Of an answer's parts: its bytes are read as what they are packed into. */
export function textOf(headers: object, body: Buffer): string {
  const { 'content-encoding': encoding } = headers as { 'content-encoding'?: unknown }
  const plain = encoding === 'gzip' && body.length > 0 ? gunzipSync(body) : body
  return `${JSON.stringify(headers)}\n${plain.toString()}`
}

const issuing = /^POST \/api\/(?:auth\/login|tokens|invites|users\/[^/]+\/reset)\/?$/

/** Whether an answer hands out a token. */
export function issues(route: string, status: number, headers: object): Told['issues'] {
  if (status >= 300 || !issuing.test(route)) return undefined
  return 'idempotent-replayed' in headers ? 'again' : 'new'
}

/** The names of settings whose values are secrets; of an address, its password. */
export function secretsOf(environment: Record<string, string>): [name: string, secret: string][] {
  const { BACKUP_TOKEN, METRICS_TOKEN, ADMIN_PASSWORD, SECRET_KEYS, DATABASE_URL } = environment
  const plain = { BACKUP_TOKEN, METRICS_TOKEN, ADMIN_PASSWORD }
  const keys = (SECRET_KEYS ?? '').split(',').map((key) => key.replace(/^[^:]*:/, '').trim())
  const password = /^postgres[^:]*:\/\/[^:/@]*:([^@/]*)@/.exec(DATABASE_URL ?? '')?.[1] ?? ''
  return [
    ...Object.entries(plain).map(([name, value]): [string, string] => [name, value ?? '']),
    ...keys.map((key): [string, string] => ['SECRET_KEYS', key]),
    ['the password of DATABASE_URL', password],
  ]
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
