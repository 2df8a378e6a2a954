import { change } from './api/request.ts'
import { forgetSession, keepSession, leadToLogin, loggedIn, type LoggedIn } from './api/session.ts'
import { button, h, type Child } from './dom/element.ts'
import { attempt } from './dom/status.ts'

/** The content of the page, which the service sent empty. */
export function main(): HTMLElement {
  return document.getElementById('main') ?? document.body
}

/** Fills a page that is one form: a heading and what belongs to it. */
export function showNarrow(title: string, content: Child[]): void {
  main().replaceChildren(h('div', { class: 'narrow' }, h('h1', {}, title), content))
}

/** Fills the header: who is here, where he may go, and how he leaves. */
export function showHeader(): void {
  const session = loggedIn()
  const nav = document.getElementById('people')
  nav?.replaceChildren(...(session ? linksOf(session) : [link('/login', 'Log in')]))
}

function linksOf({ user }: LoggedIn): HTMLElement[] {
  const links = [link('/account', user.username, 'Your account: ')]
  if (user.role !== 'member') links.unshift(link('/admin', 'Administration'))
  return [...links, button('Log out', () => attempt(logOut))]
}

function link(path: string, label: string, before = ''): HTMLElement {
  const current = location.pathname === path ? 'page' : undefined
  const unseen = before !== '' && h('span', { class: 'unseen' }, before)
  return h('a', { href: path, 'aria-current': current }, unseen, label)
}

async function logOut(): Promise<void> {
  await change('POST', '/api/auth/logout')
  forgetSession()
  location.assign('/login')
}

/** The header goes by the role of now, which may not be that of the login. */
export function rememberRole(user: LoggedIn['user']): void {
  const session = loggedIn()
  if (session) keepSession({ ...session, user })
}

/** Whose page this is; a guest is led to the page for logging in. */
export function sessionOrLogin(): LoggedIn | undefined {
  const session = loggedIn()
  if (!session) leadToLogin('Log in to see this page.')
  return session
}

// What a browser kept of a page must not be shown to whoever comes after a logout.
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) location.reload()
})
showHeader()
