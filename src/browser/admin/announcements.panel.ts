import { change } from '../api/request.ts'
import type { Announcement } from '../api/types.ts'
import { confirmed } from '../dom/dialog.ts'
import { button, h, type Child } from '../dom/element.ts'
import { time } from '../dom/format.ts'
import { list } from '../dom/list.ts'
import { say } from '../dom/status.ts'
import { audienceWords, writeAnnouncement } from './announcement.dialog.ts'

/** All announcements, those too that are over or yet to come. */
export function announcementsPanel() {
  const announcements = list<Announcement>({
    caption: 'Announcements',
    path: () => '/api/announcements?active=false',
    empty: 'There are none.',
    columns: [
      {
        name: 'Title',
        cell: ({ title, pinned }) => [
          h('strong', {}, h('bdi', {}, title)),
          pinned && h('span', { class: 'badge' }, 'pinned'),
        ],
      },
      { name: 'For', cell: ({ audience }) => audienceWords[audience] },
      { name: 'Shown', cell: shown },
      { name: 'Changed', cell: ({ updatedAt }) => time(updatedAt) },
      { name: '', cell: actions },
    ],
  })

  function actions(one: Announcement): Child {
    const edit = () => writeAnnouncement(announcements.load, one)
    const ask = () =>
      confirmed({
        title: 'Delete this announcement?',
        text: `“${one.title}” goes for everybody. This cannot be undone.`,
        action: 'Delete',
        act: () => remove(one),
        done: announcements.load,
      })
    return h(
      'div',
      { class: 'row-actions' },
      button('Edit', edit, { class: 'button plain small', 'aria-label': `Edit ${one.title}` }),
      button('Delete', ask, { class: 'button danger small', 'aria-label': `Delete ${one.title}` }),
    )
  }

  async function remove({ id }: Announcement): Promise<void> {
    await change('DELETE', `/api/announcements/${id}`)
    say('The announcement is deleted.')
  }

  const write = () => writeAnnouncement(announcements.load)
  const make = button('New announcement', write, { class: 'button' })
  return {
    element: h('div', {}, h('p', {}, make), announcements.element),
    load: announcements.load,
  }
}

function shown({ startsAt, endsAt }: Announcement): Child[] {
  const now = Date.now()
  if (startsAt !== null && Date.parse(startsAt) > now) return ['from ', time(startsAt)]
  if (endsAt === null) return [h('span', { class: 'badge good' }, 'now')]
  const over = Date.parse(endsAt) <= now
  return [
    h('span', { class: `badge ${over ? '' : 'good'}` }, over ? 'over' : 'now'),
    over ? ' since ' : ' until ',
    time(endsAt),
  ]
}
