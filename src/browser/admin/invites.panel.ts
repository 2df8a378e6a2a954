import { change } from '../api/request.ts'
import type { Invite, Me } from '../api/types.ts'
import { confirmed } from '../dom/dialog.ts'
import { button, h, type Child } from '../dom/element.ts'
import { time } from '../dom/format.ts'
import { list } from '../dom/list.ts'
import { say } from '../dom/status.ts'
import { roleWords } from '../people.ts'
import { askForInvite } from './invite.dialog.ts'

/** Links that let people in; editors see and make their own, for members. */
export function invitesPanel(me: Me) {
  const invites = list<Invite>({
    caption: 'Invites',
    path: () => '/api/invites',
    empty: 'There are none.',
    columns: [
      { name: 'For', cell: ({ email }) => h('bdi', {}, email ?? 'whoever has the link') },
      { name: 'As', cell: ({ role }) => roleWords[role] },
      { name: 'Made', cell: ({ createdAt }) => time(createdAt) },
      { name: 'Good until', cell: ({ expiresAt }) => time(expiresAt) },
      { name: 'State', cell: state },
      { name: '', cell: action },
    ],
  })

  function action(invite: Invite): Child {
    if (invite.usedAt !== null) return null
    const ask = () =>
      confirmed({
        title: 'Revoke this invite?',
        text: 'Its link lets nobody in any more.',
        action: 'Revoke',
        act: () => revoke(invite),
        done: invites.load,
      })
    return button('Revoke', ask, {
      class: 'button danger small',
      'aria-label': `Revoke the invite for ${invite.email ?? 'whoever has the link'}`,
    })
  }

  async function revoke({ id }: Invite): Promise<void> {
    await change('DELETE', `/api/invites/${id}`)
    say('The invite is revoked.')
  }

  const make = button('New invite', () => askForInvite(me.role, invites.load), { class: 'button' })
  return { element: h('div', {}, h('p', {}, make), invites.element), load: invites.load }
}

function state({ usedAt, expiresAt }: Invite): Child[] {
  if (usedAt !== null) return [h('span', { class: 'badge' }, 'used'), ' ', time(usedAt)]
  const over = Date.parse(expiresAt) <= Date.now()
  return [h('span', { class: `badge ${over ? 'bad' : 'good'}` }, over ? 'expired' : 'open')]
}
