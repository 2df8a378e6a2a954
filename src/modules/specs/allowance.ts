import type { LockName } from '../../database/database.ts'
import type { Caller } from '../../plugins/access.ts'
import type { Repositories } from '../../storage.ts'
import { isLimited, limitsOf, quotaLock, type DefaultQuota, type QuotaLimits } from './quota.ts'
import { QuotaExceededError } from './quota.errors.ts'
import { ChangedMeanwhileError } from './specs.errors.ts'

/** What owners may still store, in one run of a unit. Each owner's stock is counted once in it. */
export interface Allowance {
  /**
   * Sets room aside for what the unit is about to store for an owner. Raises `QuotaExceededError`; and for an owner
   * with a limit whom the unit is not alone on, what makes `withinQuota` begin it anew.
   */
  take: (ownerId: string, more: { specs: number; bytes: number }) => Promise<void>
}

/** For what is not a user's own doing: samples, tests. */
export const unlimited: Allowance = { take: () => Promise.resolve() }

/** Each time one more owner turns out to have a limit, at most: those of an import are looked up before. */
const attempts = 10

class OwnerNotLockedError extends Error {
  override readonly name = 'OwnerNotLockedError'
  readonly ownerId: string
  constructor(ownerId: string) {
    super('the unit is not alone on the quota of an owner')
    this.ownerId = ownerId
  }
}

/**
 * Runs a unit that stores for owners who may have a quota. `inUnit` gets what the unit must be alone on besides, and
 * in it, the allowance. Only those with a limit wait for each other: whether one has is read in the unit itself, which
 * begins anew, alone on his quota, when it did not expect that. `likely` are the owners of whom it is expected.
 * What an owner without any limit was storing while he got one may come on top of it.
 * Raises `ChangedMeanwhileError` when ever new owners turn up.
 */
export async function withinQuota<Result>(
  { defaults, likely }: { defaults: DefaultQuota; likely: readonly string[] },
  inUnit: (alone: LockName[], allowanceOf: (tx: Repositories) => Allowance) => Promise<Result>,
): Promise<Result> {
  const locked = new Set(likely)
  for (let attempt = 1; attempt <= attempts; attempt++) {
    try {
      return await inUnit([...locked].map(quotaLock), (tx) => createAllowance(tx, locked, defaults))
    } catch (error) {
      if (!(error instanceof OwnerNotLockedError)) throw error
      locked.add(error.ownerId)
    }
  }
  throw new ChangedMeanwhileError()
}

/** The owner, where the configuration gives him a limit as far as is known without asking. */
export function likelyLimited(
  ownerId: string,
  caller: Pick<Caller, 'userId' | 'role'>,
  defaults: DefaultQuota,
): string[] {
  const known = caller.userId === ownerId && caller.role !== 'member'
  const usual = defaults.specs !== undefined || defaults.bytes !== undefined
  return usual && !known ? [ownerId] : []
}

/** Those of these owners who have a limit. */
export async function limitedAmong(
  { quotas }: Pick<Repositories, 'quotas'>,
  ownerIds: Iterable<string>,
  defaults: DefaultQuota,
): Promise<string[]> {
  const found: string[] = []
  for (const id of new Set(ownerIds)) {
    if (isLimited(limitsOf(await quotas.given(id), defaults))) found.push(id)
  }
  return found
}

/**
 * Asks whether an owner has room for all specs of another, in a unit that is alone on the quotas and specs of both, or
 * on everything. Raises `QuotaExceededError`.
 */
export async function assertRoomForSpecsOf(
  tx: Repositories,
  { from, to, defaults }: { from: string; to: string; defaults: DefaultQuota },
): Promise<void> {
  await createAllowance(tx, new Set([to]), defaults).take(to, await tx.quotas.used(from))
}

interface Stock {
  limits: QuotaLimits
  used: { specs: number; bytes: number }
  taken: { specs: number; bytes: number }
}

function createAllowance(
  { quotas }: Repositories,
  locked: ReadonlySet<string>,
  defaults: DefaultQuota,
): Allowance {
  const stocks = new Map<string, Stock | null>()

  /** Null for an owner without limit. */
  async function stockOf(ownerId: string): Promise<Stock | null> {
    const limits = limitsOf(await quotas.given(ownerId), defaults)
    if (!isLimited(limits)) return null
    if (!locked.has(ownerId)) throw new OwnerNotLockedError(ownerId)
    // What has no limit need not be counted.
    const specs = limits.specs === null ? 0 : await quotas.ownedSpecs(ownerId)
    const bytes = limits.bytes === null ? 0 : await quotas.storedBytes(ownerId)
    return { limits, used: { specs, bytes }, taken: { specs: 0, bytes: 0 } }
  }

  return {
    async take(ownerId, more) {
      const known = stocks.get(ownerId)
      const stock = known === undefined ? await stockOf(ownerId) : known
      stocks.set(ownerId, stock)
      if (!stock) return
      for (const kind of ['specs', 'bytes'] as const) assertRoom(stock, kind, more[kind])
      stock.taken.specs += more.specs
      stock.taken.bytes += more.bytes
    },
  }
}

function assertRoom({ limits, used, taken }: Stock, kind: 'specs' | 'bytes', more: number): void {
  const limit = limits[kind]
  if (limit === null || more === 0 || used[kind] + taken[kind] + more <= limit) return
  throw new QuotaExceededError(kind, limit, used[kind])
}
