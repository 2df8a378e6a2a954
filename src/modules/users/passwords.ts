import { hash, verify } from '@node-rs/argon2'
import { lazy } from '../../lazy.ts'
import { createSemaphore } from '../../semaphore.ts'
import { InvalidPasswordError } from './users.errors.ts'

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
const nobody = lazy(() => hash(crypto.randomUUID(), parameters))

/** Raises `InvalidPasswordError` outside 12 to 128 characters or over 512 bytes. */
export function checkPasswordRules(password: string): void {
  // By code points, as the standards count them.
  const characters = Array.from(password).length
  if (characters < 12 || characters > 128 || Buffer.byteLength(password) > 512) {
    throw new InvalidPasswordError()
  }
}

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
    const right = await verify(passwordHash ?? (await nobody()), password)
    return right && Boolean(passwordHash)
  })
}

async function limited<Result>(work: () => Promise<Result>): Promise<Result> {
  if (!turns.take()) await turns.wait()
  try {
    return await work()
  } finally {
    turns.leave()
  }
}
