import type { LockName, UnitOptions } from '../../database/database.ts'
import { databaseErrorIn } from '../../database/database.errors.ts'
import type { Repositories } from '../../storage.ts'
import { specLock } from '../specs/publish.ts'
import { quotaLock } from '../specs/quota.ts'
import { ChangedMeanwhileError } from '../specs/specs.errors.ts'
import { adminsLock, assertAdminRemains, userLock } from './administrators.ts'
import { giveAway, type Deletion, type Given } from './give-away.ts'
import { UserNotFoundError } from './users.errors.ts'
import type { UserRow } from './users.repository.ts'

/** Somebody may publish while his account is about to go, and again. */
const attempts = 10

/** With more than these a unit is alone on everything: PostgreSQL's table of locks has an end. */
const locksMost = 3000

export interface Deleted extends Given {
  user: UserRow
}

/** There is more than what the unit is alone on. */
class OtherBelongingsError extends Error {
  override readonly name = 'OtherBelongingsError'
}

/**
 * Deletes a user; his sessions, tokens and invites go with him. `inUnit` runs a unit with the options that it is given,
 * and in it, when all is well, the deletion; it runs again when the user had further specs or announcements by then.
 * Raises `UserNotFoundError`, `LastAdminError`, `OwnsSpecsError`, `OwnsAnnouncementsError`, `InvalidHeirError`,
 * `QuotaExceededError`, and
 * `ChangedMeanwhileError` when that does not end.
 */
export async function deleteUser<Result>(
  repositories: Pick<Repositories, 'belongings'>,
  deletion: Deletion,
  inUnit: (
    options: UnitOptions & { alone: LockName[] },
    deleteIn: (tx: Repositories) => Promise<Deleted>,
  ) => Promise<Result>,
): Promise<Result> {
  const { userId, transferTo } = deletion
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const known = await belongingsOf(repositories, deletion)
    const people = [userId, transferTo].filter((id) => id !== undefined)
    const alone = [adminsLock, ...people.flatMap((id) => [userLock(id), quotaLock(id)]), ...known]
    const everything = alone.length > locksMost
    const options = everything
      ? { alone: [], exclusive: true, deadline: 'bulk' as const }
      : { alone }
    try {
      return await inUnit(options, async (tx) => {
        const user = await tx.users.byId(userId)
        if (!user) throw new UserNotFoundError()
        if (!everything && !isWithin(await belongingsOf(tx, deletion), known)) {
          throw new OtherBelongingsError()
        }
        await assertAdminRemains(tx, user)
        const given = await giveAway(tx, user, deletion)
        await tx.users.remove(userId)
        return { user, ...given }
      })
    } catch (error) {
      if (!isMore(error)) throw error
    }
  }
  throw new ChangedMeanwhileError()
}

/** What he has, as what a unit that moves or deletes it must be alone on. */
async function belongingsOf(
  { belongings }: Pick<Repositories, 'belongings'>,
  { userId, specs }: Deletion,
): Promise<LockName[]> {
  const documents = specs === 'delete' ? await belongings.documents(userId) : []
  return [
    ...(await belongings.specs(userId)).map(({ id }) => specLock(id)),
    ...documents.map((id): LockName => ['document', id]),
    ...(await belongings.announcements(userId)).map((id): LockName => ['announcement', id]),
  ]
}

function isWithin(found: LockName[], known: LockName[]): boolean {
  const names = new Set(known.map((name) => name.join(' ')))
  return found.every((name) => names.has(name.join(' ')))
}

/** Also what came between the last look and the deletion: the database keeps whom something belongs to. */
function isMore(error: unknown): boolean {
  return error instanceof OtherBelongingsError || databaseErrorIn(error)?.kind === 'foreign_key'
}
