import { randomBytes } from 'node:crypto'
import { hash, parseOptions, verify } from '@node-rs/argon2'
import { lazy } from '../../lazy.ts'
import { createSemaphore } from '../../semaphore.ts'

/** OWASP's minimum for argon2id: 19 MiB, two passes, one lane; 100 ms on a tenth of a core. */
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** Each takes 19 MiB: two at once, and nobody waits longer than he would stay. */
const turns = createSemaphore({
  slots: 2,
  queueMax: 20,
  waitMs: 3_000,
  what: 'a password to be checked',
})

/** A hash that no password has, of the current cost: checking an unknown user takes as long as a known one. */
const nobody = lazy(() => {
  const { memoryCost, timeCost, parallelism } = parameters
  const [salt, digest] = [randomBytes(16), randomBytes(32)].map((bytes) =>
    bytes.toString('base64').replaceAll('=', ''),
  )
  return `$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$${salt}$${digest}`
})

/** argon2id as a PHC string, off the event loop. Raises `DatabaseError` `busy` when too many wait. */
export function hashPassword(password: string): Promise<string> {
  return limited(() => hash(password, parameters))
}

/** Tells whether the password is the hash's; without a hash it takes the same time and is never right. */
export function verifyPassword(
  passwordHash: string | null | undefined,
  password: string,
): Promise<boolean> {
  return limited(async () => {
    if (!passwordHash) return verify(nobody(), password)
    try {
      return await verify(passwordHash, password)
    } catch {
      // An import may bring what looks like a hash and is none: it is nobody's.
      return verify(nobody(), password)
    }
  })
}

/** Tells whether a hash costs a guesser less than one of now: memory times passes, and the version of argon2. */
export function isWeak(passwordHash: string): boolean {
  const { memoryCost, timeCost, version } = parseOptions(passwordHash)
  const current = parseOptions(nobody())
  return (
    memoryCost * timeCost < current.memoryCost * current.timeCost || version !== current.version
  )
}

async function limited<Result>(work: () => Promise<Result>): Promise<Result> {
  if (!turns.take()) await turns.wait()
  try {
    return await work()
  } finally {
    turns.leave()
  }
}
