import type { LockName } from '../../database/database.ts'
import type { Role } from '../../database/tables/tables.ts'
import type { Repositories } from '../../storage.ts'
import { hashToken, isTokenShaped } from '../../tokens.ts'
import { inviteLock, mayInvite } from '../invites/invite.ts'
import { InviteInvalidError } from '../invites/invites.errors.ts'
import { foldEmail } from '../users/new-user.ts'
import { userLock } from '../users/administrators.ts'

/** An invite that is good for somebody. */
export interface Invitation {
  id: string
  tokenHash: string
  role: Role
  /** With which e-mail address he comes in. */
  email: string | null
  inviterId: string
}

/**
 * Holds an invite against what it is to be used for: neither used nor over, its inviter active and still allowed to
 * give the role, and for this e-mail address if it is for one. Raises `InviteInvalidError`, `InvalidEmailError`.
 */
export async function findInvitation(
  { invites }: Pick<Repositories, 'invites'>,
  given: { token: string; email?: string | null },
): Promise<Invitation> {
  const email = foldEmail(given.email ?? null)
  if (!isTokenShaped('invite', given.token)) throw new InviteInvalidError()
  const tokenHash = hashToken(given.token)
  const invite = await invites.byTokenHash(tokenHash, new Date().toISOString())
  if (!invite || !mayInvite(invite.inviterRole, invite.role)) throw new InviteInvalidError()
  if (invite.email !== null && email !== null && email !== invite.email) {
    throw new InviteInvalidError()
  }
  return {
    id: invite.id,
    tokenHash,
    role: invite.role,
    email: invite.email ?? email,
    inviterId: invite.createdBy,
  }
}

/** What a unit must be alone on that lets somebody in by it: nobody else uses it, and its inviter stays what he is. */
export function locksOfInvitation({ id, inviterId }: Invitation): LockName[] {
  return [inviteLock(id), userLock(inviterId)]
}

/** Uses it up for a user who was just made, in a unit alone on its locks. Raises `InviteInvalidError`. */
export async function acceptInvitation(
  { invites }: Pick<Repositories, 'invites'>,
  { id, tokenHash }: Invitation,
  usedBy: string,
): Promise<void> {
  const accepted = await invites.accept({ id, tokenHash, usedBy, now: new Date().toISOString() })
  if (!accepted) throw new InviteInvalidError()
}
