import { change } from '../api/request.ts'
import type { Me, Token } from '../api/types.ts'
import { confirmed } from '../dom/dialog.ts'
import { button, h, type Child } from '../dom/element.ts'
import { time } from '../dom/format.ts'
import { list } from '../dom/list.ts'
import { say } from '../dom/status.ts'
import { askForToken } from './token.dialog.ts'

/** What lets programs in, in one's own name. */
export function tokensPanel(me: Me) {
  const tokens = list<Token>({
    caption: 'Your API tokens',
    path: () => '/api/tokens',
    empty: 'You have none.',
    columns: [
      { name: 'Name', cell: ({ name }) => h('bdi', {}, name) },
      { name: 'May', cell: ({ scopes }) => h('code', {}, scopes.join(', ')) },
      { name: 'Expires', cell: expiry },
      { name: 'Last used', cell: ({ lastUsedAt }) => time(lastUsedAt) },
      { name: '', cell: action },
    ],
  })

  function action(token: Token): Child {
    const ask = () =>
      confirmed({
        title: `Delete the token “${token.name}”?`,
        text: 'Programs that use it are shut out at once.',
        action: 'Delete',
        act: () => remove(token),
        done: tokens.load,
      })
    const label = `Delete the token ${token.name}`
    return button('Delete', ask, { class: 'button danger small', 'aria-label': label })
  }

  async function remove({ id }: Token): Promise<void> {
    await change('DELETE', `/api/tokens/${id}`)
    say('The token is deleted.')
  }

  const element = h(
    'section',
    {},
    h(
      'div',
      { class: 'title' },
      h('h2', {}, 'API tokens'),
      button('New token', () => askForToken(me.role, tokens.load), { class: 'button' }),
    ),
    h('p', { class: 'quiet' }, 'A token lets a program in, in your name, for as much as you say.'),
    tokens.element,
  )
  return { element, load: tokens.load }
}

function expiry({ expiresAt }: Token): Child[] {
  const over = Date.parse(expiresAt) <= Date.now()
  return [time(expiresAt), over && h('span', { class: 'badge bad' }, 'expired')]
}
