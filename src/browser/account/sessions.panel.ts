import { change, read } from '../api/request.ts'
import type { Page, Session } from '../api/types.ts'
import { confirmed } from '../dom/dialog.ts'
import { button, h, type Child } from '../dom/element.ts'
import { time } from '../dom/format.ts'
import { list } from '../dom/list.ts'
import { attempt, say } from '../dom/status.ts'
import { programOf } from './program.ts'

/** Where one is logged in, each to be ended. */
export function sessionsPanel() {
  const sessions = list<Session>({
    caption: 'Your sessions',
    path: () => '/api/me/sessions',
    empty: 'There are none.',
    columns: [
      { name: 'With', cell: ({ client }) => h('span', { title: client ?? '' }, programOf(client)) },
      { name: 'From', cell: ({ address }) => address ?? '–' },
      { name: 'Began', cell: ({ createdAt }) => time(createdAt) },
      { name: 'Last used', cell: ({ usedAt }) => time(usedAt) },
      { name: '', cell: action },
    ],
  })

  function action(session: Session): Child {
    if (session.current) return h('span', { class: 'badge good' }, 'this one')
    const act = () => attempt(() => end(session))
    const label = `End the session with ${programOf(session.client)}`
    return button('End', act, { class: 'button plain small', 'aria-label': label })
  }

  async function end({ id }: Session): Promise<void> {
    await change('DELETE', `/api/me/sessions/${id}`)
    say('The session has ended.')
    await sessions.load()
  }

  async function endOthers(): Promise<void> {
    for (;;) {
      const { items } = await read<Page<Session>>('/api/me/sessions')
      const others = items.filter(({ current }) => !current)
      if (others.length === 0) break
      for (const { id } of others) await change('DELETE', `/api/me/sessions/${id}`)
    }
    say('All other sessions have ended.')
  }

  const ask = () =>
    confirmed({
      title: 'End all other sessions?',
      text: 'You stay logged in here, and nowhere else.',
      action: 'End them',
      act: endOthers,
      done: sessions.load,
    })
  const element = h(
    'section',
    {},
    h(
      'div',
      { class: 'title' },
      h('h2', {}, 'Sessions'),
      button('End all others', ask, { class: 'button plain' }),
    ),
    sessions.element,
  )
  return { element, load: sessions.load }
}
