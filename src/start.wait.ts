import { setTimeout as pause } from 'node:timers/promises'
import { databaseErrorIn, StartError, type DatabaseError } from './database/database.errors.ts'
import type { DatabaseLog } from './database/database.ts'
import { pauses, whileAway, type BackOff } from './readiness.ts'

export interface Waiting {
  log: DatabaseLog
  signal: AbortSignal
  /** How long a refusal is taken for one that may pass: a password is being changed, a database being made. */
  refusedForMs: number
  /** Told of what has stood in the way for some seconds. */
  onTrouble: (error: DatabaseError) => void
}

/** Whoever gives a wrong password all the time is shut out by some providers. */
const whileRefused: BackOff = { first: 500, longest: 15_000, longestLate: 15_000 }

const troubleMs = 5_000
const lineEveryMs = 60_000

/** What a database does that is away, busy or slow. */
const passes = new Set(['unavailable', 'busy', 'timeout', 'frozen', 'readonly', 'full'])

/**
 * Codes of a server that is there and wants nothing of us as we are configured: the login, the name of the database,
 * encryption, the certificate.
 */
const refusals = new Set([
  '28000',
  '28P01',
  '3D000',
  'TLS_REFUSED',
  'TLS_INJECTION',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])

/**
 * Tries until it works, with pauses, as long as what stands in the way is a database that is away, busy or slow.
 *
 * Raises `StartError` (78) when nothing but refusals came for too long, the signal's reason when it is aborted, and
 * everything else at once.
 */
export async function whenAvailable<Result>(
  work: () => Promise<Result>,
  { log, signal, refusedForMs, onTrouble }: Waiting,
): Promise<Result> {
  const startedAt = performance.now()
  const tell = createTeller(log, startedAt)
  let refusedSince: number | undefined
  let next = pauses(whileAway)
  for (;;) {
    try {
      return await work()
    } catch (error) {
      const found = databaseErrorIn(error)
      if (!found || !passes.has(found.kind)) throw error
      signal.throwIfAborted()
      const now = performance.now()
      const refused = refusals.has(found.code ?? '')
      if (refused !== (refusedSince !== undefined)) {
        refusedSince = refused ? now : undefined
        next = pauses(refused ? whileRefused : whileAway)
      }
      if (refusedSince !== undefined && now - refusedSince >= refusedForMs) throw refusal(found)
      if (now - startedAt >= troubleMs) onTrouble(found)
      const ms = next.next().value
      tell(found, ms)
      await pause(ms, undefined, { signal })
    }
  }
}

/** Says what is waited for when that changes, and else ever more seldom, down to once a minute. */
function createTeller(log: DatabaseLog, startedAt: number) {
  let told: { code: string | undefined; at: number } | undefined
  let attempts = 0

  return function tell(error: DatabaseError, retryInMs: number) {
    attempts++
    const now = performance.now()
    const silence = Math.min((now - startedAt) / 2, lineEveryMs)
    if (told && told.code === error.code && now - told.at < silence) return
    told = { code: error.code, at: now }
    const { kind, code, message: reason } = error
    log.warn(
      { kind, code, reason, attempts, retryInMs: Math.round(retryInMs) },
      'waiting for the database',
    )
  }
}

function refusal(error: DatabaseError): StartError {
  return new StartError(
    78,
    `${error.message} (${error.code ?? error.kind}): the address of the database, or the database, has to be changed`,
    { cause: error },
  )
}
