import type { Static } from 'typebox'
import type { Config } from '../../config/config.ts'
import type { LockName } from '../../database/database.ts'
import type { Repositories } from '../../storage.ts'
import { newUser } from '../users/new-user.ts'
import { storeUser } from '../users/store-user.ts'
import {
  acceptInvitation,
  findInvitation,
  locksOfInvitation,
  type Invitation,
} from './invitation.ts'
import { InviteRequiredError, RegistrationClosedError } from './registration.errors.ts'
import type { Registration } from './registration.schemas.ts'

type Given = Static<typeof Registration>

/** Somebody who may come in, and has not yet. */
export interface Applicant {
  user: Awaited<ReturnType<typeof newUser>>
  invitation: Invitation | undefined
  /** What the unit must be alone on that lets him in. */
  locks: LockName[]
}

/** Raises `RegistrationClosedError`, `InviteRequiredError` where nobody registers like that. */
export function assertOpen(registration: Config['registration'], { invite }: Given): void {
  if (registration === 'closed') throw new RegistrationClosedError()
  if (registration === 'invite' && invite === undefined) throw new InviteRequiredError()
}

/**
 * Holds the invite against what is given and hashes the password, which is slow: before the unit. Without an invite
 * everybody becomes a member, be he the first. Raises `InviteInvalidError` and what `newUser` raises.
 */
export async function prepare(
  repositories: Pick<Repositories, 'invites'>,
  { invite, ...given }: Given,
): Promise<Applicant> {
  if (invite === undefined) {
    const user = await newUser({ ...given, role: 'member' })
    return { user, invitation: undefined, locks: [] }
  }
  const invitation = await findInvitation(repositories, { ...given, token: invite })
  const { role, email } = invitation
  const user = await newUser({ ...given, role, email })
  return { user, invitation, locks: locksOfInvitation(invitation) }
}

/**
 * Makes the user and uses his invite up, in a unit alone on his locks; what was found before is asked once more. Raises
 * `InviteInvalidError`, `UsernameTakenError`, `EmailTakenError`.
 */
export async function admit(
  tx: Repositories,
  { user, invitation }: Applicant,
  { invite }: Given,
): Promise<void> {
  if (invitation && invite !== undefined) {
    await findInvitation(tx, { token: invite, email: user.email })
  }
  await storeUser(tx, user)
  if (invitation) await acceptInvitation(tx, invitation, user.id)
}
