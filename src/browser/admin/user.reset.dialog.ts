import { change } from '../api/request.ts'
import type { ManagedUser, Secret } from '../api/types.ts'
import { confirmed } from '../dom/dialog.ts'
import { time } from '../dom/format.ts'
import { showSecret } from '../dom/secret.ts'

/** Gives the administrator a link by which somebody sets a new password. */
export function askToReset(user: ManagedUser): void {
  let made: Secret | undefined
  const { closed } = confirmed({
    title: `A new password for ${user.username}?`,
    text: `You get a link to hand over, by which ${user.username} sets a new password. All sessions of ${user.username} end at once.`,
    action: 'Make the link',
    async act() {
      made = await change<Secret>('POST', `/api/users/${user.id}/reset`)
    },
  })
  void closed.then(() => made && show(user.username, made))
}

function show(username: string, { token, link, expiresAt }: Secret): Promise<void> {
  return showSecret({
    title: `A new password for ${username}`,
    label: 'Link',
    value: link ?? `${location.origin}/reset#${token}`,
    explanation: [
      `Hand it to ${username} and nobody else. It is good for one time, until `,
      time(expiresAt),
      ', and is not shown again.',
    ],
  })
}
