import { createHash } from 'node:crypto'
import type { LockName } from '../database/database.ts'
import { TooManyAttemptsError } from './limits.errors.ts'
import type { LimitRow, Limits } from './limits.repository.ts'
import { networkOf } from './network.ts'
import { afterAttempt, afterFailure, blockLeftMs, failures, windowLeftMs } from './rules.ts'

/** What is guessed at; each kind is counted by itself. */
export type AttemptKind = 'login' | 'password' | 'register'

/** Something that may be tried only so often, by anyone on one account and by one address on all of them. */
export interface Attempt {
  /** Ids of rows: of the account, whose failures count, and of the network, whose attempts do. */
  readonly account: string | undefined
  readonly network: string | undefined
  readonly perMinute: number
  /** A unit that records the outcome must be alone on these. */
  readonly locks: readonly LockName[]
}

/**
 * An attempt of a kind. `account` is a folded username, whether or not there is such a user, or a user's id; without
 * it, only the address counts. `perMinute` is how often one address may try; 0 is without limit.
 */
export function attemptOf(given: {
  kind: AttemptKind
  account?: string
  address?: string
  perMinute?: number
}): Attempt {
  const { kind, account, address, perMinute = 0 } = given
  const ids = {
    account: account === undefined ? undefined : idOf(kind, 'account', account),
    network:
      address === undefined || perMinute === 0
        ? undefined
        : idOf(kind, 'network', networkOf(address)),
  }
  const named = [ids.account, ids.network].filter((id) => id !== undefined)
  return { ...ids, perMinute, locks: named.map((id) => ['limit', id] as const) }
}

/**
 * Raises `TooManyAttemptsError` (429) for what is over its limit already: a plain read, before anything that takes
 * long. That many pass it at once gains them nothing: the unit that records the outcome asks again.
 */
export async function assertMayAttempt(limits: Limits, attempt: Attempt): Promise<void> {
  assertWithin(attempt, await countsOf(limits, attempt), Date.now())
}

/**
 * Counts a failure, in a unit alone on `attempt.locks`. Raises `TooManyAttemptsError` when others failed so often
 * meanwhile that this one must not learn its outcome either; it is not counted then.
 */
export async function recordFailure(limits: Limits, attempt: Attempt): Promise<void> {
  const now = Date.now()
  const counts = await countsOf(limits, attempt)
  assertWithin(attempt, counts, now)
  await keepNetwork(limits, { attempt, counts, now })
  if (attempt.account === undefined) return
  const row = { id: attempt.account, ...afterFailure(counts.account, now) }
  await limits.keep(row, new Date(now).toISOString())
}

/** Forgets the failures of the account, in the unit of the success itself; as `recordFailure` otherwise. */
export async function recordSuccess(limits: Limits, attempt: Attempt): Promise<void> {
  const now = Date.now()
  const counts = await countsOf(limits, attempt)
  assertWithin(attempt, counts, now)
  await keepNetwork(limits, { attempt, counts, now })
  if (counts.account) await limits.forget(counts.account.id)
}

/** Forgets the failures of an account, in the unit that makes what was guessed at worthless. */
export async function forgetFailures(limits: Limits, { account }: Attempt): Promise<void> {
  if (account !== undefined) await limits.forget(account)
}

interface Counts {
  account: LimitRow | undefined
  network: LimitRow | undefined
}

async function countsOf(limits: Limits, { account, network }: Attempt): Promise<Counts> {
  const first = account ?? network
  if (first === undefined) return { account: undefined, network: undefined }
  const rows = await limits.find(network === undefined ? [first] : [first, network])
  const find = (id: string | undefined) => rows.find((row) => row.id === id)
  return { account: find(account), network: find(network) }
}

function assertWithin({ perMinute }: Attempt, counts: Counts, now: number): void {
  const blockMs = blockLeftMs(counts.account, now)
  if (blockMs > 0) throw new TooManyAttemptsError(accountPolicy, blockMs)
  const windowMs = windowLeftMs(counts.network, perMinute, now)
  if (windowMs === 0) return
  throw new TooManyAttemptsError({ name: 'logins', quota: perMinute, windowSeconds: 60 }, windowMs)
}

const accountPolicy = {
  name: 'account',
  quota: failures.allowed,
  windowSeconds: failures.withinMs / 1000,
}

async function keepNetwork(
  limits: Limits,
  { attempt, counts, now }: { attempt: Attempt; counts: Counts; now: number },
): Promise<void> {
  if (attempt.network === undefined) return
  const row = { id: attempt.network, ...afterAttempt(counts.network, now) }
  await limits.keep(row, new Date(now).toISOString())
}

/** The hash of a list, as JSON: no two lists are written alike. */
function idOf(...parts: string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
