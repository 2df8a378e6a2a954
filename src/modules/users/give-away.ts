import type { Repositories } from '../../storage.ts'
import { assertRoomForSpecsOf } from '../specs/allowance.ts'
import type { DefaultQuota } from '../specs/quota.ts'
import type { NamedSpec } from './belongings.repository.ts'
import { InvalidHeirError, OwnsAnnouncementsError, OwnsSpecsError } from './users.errors.ts'
import type { UserRow } from './users.repository.ts'

/** Whose account goes, and what is to become of what he has. */
export interface Deletion {
  userId: string
  /** Who gets the specs and the announcements. */
  transferTo?: string | undefined
  /** What members may have: the specs go to nobody who has no room for them. Without it, as for an operator, they do. */
  quota?: DefaultQuota
  /** Deletes the specs instead. */
  specs?: 'delete' | undefined
  /** Who gets the announcements when nobody is said to; else it is the administrator who was there first. */
  heir?: string | undefined
}

/** What became of what somebody had. */
export interface Given {
  specs: NamedSpec[]
  fate: 'transferred' | 'deleted'
  announcements: number
}

/**
 * Moves or deletes what a user has, as it is asked for, in a unit that is alone on all of it. Raises `OwnsSpecsError`,
 * `OwnsAnnouncementsError`, `InvalidHeirError`, `QuotaExceededError`.
 */
export async function giveAway(
  tx: Repositories,
  user: UserRow,
  deletion: Deletion,
): Promise<Given> {
  const { transferTo } = deletion
  const now = new Date().toISOString()
  if (transferTo !== undefined) {
    await assertHeir(tx, user, transferTo)
    const { quota } = deletion
    if (quota) await assertRoomForSpecsOf(tx, { from: user.id, to: transferTo, defaults: quota })
  }
  const specs = await tx.belongings.specs(user.id)
  if (transferTo !== undefined) await tx.belongings.giveSpecs(user.id, transferTo, now)
  else if (deletion.specs === 'delete') await removeSpecs(tx, user.id)
  else if (specs.length > 0) throw new OwnsSpecsError()

  const announcements = await tx.belongings.announcements(user.id)
  if (announcements.length > 0) {
    const heir = transferTo ?? deletion.heir ?? (await tx.users.otherAdmin(user.id))?.id
    if (heir === undefined) throw new OwnsAnnouncementsError()
    await tx.belongings.giveAnnouncements(user.id, heir, now)
  }
  const fate = transferTo === undefined ? 'deleted' : 'transferred'
  return { specs, fate, announcements: announcements.length }
}

async function assertHeir(tx: Repositories, user: UserRow, heirId: string): Promise<void> {
  const heir = await tx.users.byId(heirId)
  if (heir?.status !== 'active' || heir.id === user.id) throw new InvalidHeirError()
}

async function removeSpecs(tx: Repositories, userId: string): Promise<void> {
  const documents = await tx.belongings.documents(userId)
  await tx.belongings.removeSpecs(userId)
  await tx.documents.removeUnused(documents)
}
