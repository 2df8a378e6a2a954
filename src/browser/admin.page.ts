import { announcementsPanel } from './admin/announcements.panel.ts'
import { auditPanel } from './admin/audit.panel.ts'
import { healthPanel } from './admin/health.panel.ts'
import { invitesPanel } from './admin/invites.panel.ts'
import { usagePanel } from './admin/usage.panel.ts'
import { usersPanel } from './admin/users.panel.ts'
import { read } from './api/request.ts'
import { leaveNotice } from './api/session.ts'
import type { Me } from './api/types.ts'
import { h } from './dom/element.ts'
import { attempt } from './dom/status.ts'
import { main, rememberRole, sessionOrLogin, showHeader } from './layout.ts'

interface Part {
  name: string
  title: string
  /** For editors, too. */
  editors?: true
  panel: (me: Me) => { element: HTMLElement; load: () => Promise<void> }
}

const parts: Part[] = [
  { name: 'users', title: 'Users', panel: usersPanel },
  { name: 'invites', title: 'Invites', editors: true, panel: invitesPanel },
  { name: 'announcements', title: 'Announcements', editors: true, panel: announcementsPanel },
  { name: 'audit', title: 'Audit log', panel: auditPanel },
  { name: 'usage', title: 'Usage', panel: usagePanel },
  { name: 'health', title: 'Health', panel: healthPanel },
]

async function show(): Promise<void> {
  const me = await read<Me>('/api/me')
  rememberRole(me)
  showHeader()
  const open = panelsOf(me)
  if (open.length > 0) return showPanels(me, open)
  leaveNotice('That page is for editors and administrators.')
  location.replace('/account')
}

function panelsOf({ role }: Me): Part[] {
  return parts.filter(({ editors }) => role === 'admin' || (role === 'editor' && editors))
}

async function showPanels(me: Me, open: Part[]): Promise<void> {
  const links = open.map(({ name, title }) => h('a', { href: `#${name}` }, title))
  const place = h('div')
  main().replaceChildren(
    h('h1', {}, 'Administration'),
    h('nav', { class: 'panels', 'aria-label': 'Administration' }, links),
    place,
  )

  async function showPanel(focus: boolean): Promise<void> {
    const wanted = location.hash.slice(1)
    const part = open.find(({ name }) => name === wanted) ?? open[0]
    if (!part) return
    for (const link of links)
      if (link.hash === `#${part.name}`) link.setAttribute('aria-current', 'page')
      else link.removeAttribute('aria-current')
    const { element, load } = part.panel(me)
    await load()
    // Somebody may have gone on meanwhile.
    if (location.hash.slice(1) !== wanted) return
    const heading = h('h2', { tabindex: -1 }, part.title)
    place.replaceChildren(heading, element)
    if (focus) heading.focus()
  }

  addEventListener('hashchange', () => void attempt(() => showPanel(true)))
  await showPanel(false)
}

if (sessionOrLogin()) void attempt(show)
