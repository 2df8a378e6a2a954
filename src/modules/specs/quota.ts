import type { LockName } from '../../database/database.ts'
import type { Role } from '../../database/tables/tables.ts'
import type { Repositories } from '../../storage.ts'

/** What members may have whose own row does not say: `config.quota`. Undefined is without limit. */
export interface DefaultQuota {
  specs: number | undefined
  bytes: number | undefined
}

/** Null is without limit. */
export interface QuotaLimits {
  specs: number | null
  bytes: number | null
}

export interface Quota {
  specs: { used: number; limit: number | null }
  /** Of the versions of all specs that he owns, withdrawn ones too. */
  bytes: { used: number; limit: number | null }
}

/** What a unit must be alone on that counts what this owner has, and then adds to it. */
export const quotaLock = (ownerId: string): LockName => ['quota', ownerId]

/** What a user has of specs and bytes, and how much he may have; for `/api/me`. */
export async function quotaOf(
  { quotas }: Pick<Repositories, 'quotas'>,
  userId: string,
  defaults: DefaultQuota,
): Promise<Quota> {
  const limits = limitsOf(await quotas.given(userId), defaults)
  const used = await quotas.used(userId)
  return {
    specs: { used: used.specs, limit: limits.specs },
    bytes: { used: used.bytes, limit: limits.bytes },
  }
}

export function isLimited({ specs, bytes }: QuotaLimits): boolean {
  return specs !== null || bytes !== null
}

/** His own limits; where he has none, what members may have, if he is one. */
export function limitsOf(
  given: ({ role: Role } & QuotaLimits) | undefined,
  defaults: DefaultQuota,
): QuotaLimits {
  const usual = given?.role === 'member' ? defaults : undefined
  return {
    specs: given?.specs ?? usual?.specs ?? null,
    bytes: given?.bytes ?? usual?.bytes ?? null,
  }
}
