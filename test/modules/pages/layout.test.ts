import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import type { OpenOptions } from '../specs/page.browser.ts'
import { describePages, faultsOf, type Driver, type Site } from './pages.fixture.ts'

interface View {
  name: string
  /** Whose; nobody's where it is not given. */
  as?: string
  path: string
  /** What is to be read before it is looked at. */
  sees: string
  /** What is done before. */
  by?: (page: Driver) => Promise<void>
}

const open = (button: string, within?: string) => (page: Driver) => page.click(button, within)
const sendEmpty = (button: string) => (page: Driver) => page.click(button, 'form')

const views: View[] = [
  { name: 'home', path: '/', sees: 'Find an API description' },
  { name: 'login', path: '/login', sees: 'Password forgotten?' },
  { name: 'login-empty', path: '/login', sees: 'Password forgotten?', by: sendEmpty('Log in') },
  { name: 'register', path: `/register#hf_invite_${'x'.repeat(43)}`, sees: 'You were invited' },
  { name: 'register-without-invite', path: '/register', sees: 'needs an invite' },
  { name: 'reset', path: `/reset#hf_reset_${'x'.repeat(43)}`, sees: 'works once' },
  { name: 'reset-without-token', path: '/reset', sees: 'Open the whole link' },
  { name: 'account', as: 'tess', path: '/account', sees: 'nightly upload' },
  {
    name: 'account-token',
    as: 'tess',
    path: '/account',
    sees: 'It expires',
    by: open('New token'),
  },
  { name: 'users', as: 'admin', path: '/admin#users', sees: 'as everybody' },
  {
    name: 'user',
    as: 'admin',
    path: '/admin#users',
    sees: 'Bytes at most',
    by: open('Manage tess'),
  },
  {
    name: 'user-deletion',
    as: 'admin',
    path: '/admin#users',
    sees: 'cannot be undone',
    async by(page) {
      await page.click('Manage tess')
      await page.click('Delete …')
    },
  },
  { name: 'invites', as: 'admin', path: '/admin#invites', sees: 'whoever has the link' },
  { name: 'invite', as: 'admin', path: '/admin#invites', sees: 'becomes', by: open('New invite') },
  {
    name: 'invite-link',
    as: 'admin',
    path: '/admin#invites',
    sees: 'not shown again',
    async by(page) {
      await page.click('New invite')
      await page.click('Create')
    },
  },
  { name: 'announcements', as: 'admin', path: '/admin#announcements', sees: 'Maintenance' },
  {
    name: 'announcement',
    as: 'admin',
    path: '/admin#announcements',
    sees: 'Shown until',
    by: open('Edit Maintenance on Sunday'),
  },
  { name: 'audit', as: 'admin', path: '/admin#audit', sees: 'session.create' },
  { name: 'usage', as: 'admin', path: '/admin#usage', sees: 'On average' },
  { name: 'health', as: 'admin', path: '/admin#health', sees: 'Durability' },
]

const all = [
  { screen: 'desktop', width: 1280, height: 900 },
  { screen: 'desktop-dark', width: 1280, height: 900, dark: true },
  { screen: 'phone', width: 360, height: 740 },
  { screen: 'phone-dark', width: 360, height: 740, dark: true },
]

/** Of the part of the screen that moves and how far it does; browsers call 0.1 good. */
const still = 0.01

/** Roles that need a name, for whoever hears the page instead of seeing it. */
const named = new Set(
  'button link textbox searchbox checkbox combobox spinbutton dialog table meter Date DateTime'.split(
    ' ',
  ),
)

/** Where pictures of all views are put, to be looked at. */
const folder = process.env.HOLDFAST_SCREENS
const screens = folder === undefined ? all.filter((_, i) => i === 0 || i === 3) : all

describePages('every page', (site) => {
  beforeAll(() => furnish(site()))

  it.each(screens)(
    'fits a $screen, names its controls, and moves nothing away',
    async ({ screen, ...options }) => {
      const pages = await openAll(site(), options)
      for (const view of views) {
        const page = pages(view)
        const about = `${view.name} on ${screen}`
        await show(site(), page, view)
        const width = await page.evaluate('document.documentElement.scrollWidth')
        expect(width, about).toBeLessThanOrEqual(options.width)
        expect(await unnamed(page), about).toEqual([])
        // What a press of a button moves is meant.
        if (!view.by) expect(await page.evaluate(movedBy), about).toBeLessThan(still)
        expect(faultsOf(page), about).toEqual([])
        if (folder !== undefined) await picture(page, join(folder, `${view.name}-${screen}.png`))
      }
    },
    120_000,
  )

  it('would be noticed without a name for a control, or when something moves', async () => {
    const page = await site().open('/login')
    await page.until(`document.querySelector('form')`)
    await page.evaluate(`document.querySelector('label').remove()`)
    expect(await unnamed(page)).toEqual(['textbox'])
    await new Promise((resolve) => setTimeout(resolve, 600))
    await page.evaluate(
      `(() => { const wide = document.createElement('div'); wide.textContent = 'x'; wide.className = 'list'; document.querySelector('main').prepend(wide) })()`,
    )
    await page.until(`new Promise((resolve) => requestAnimationFrame(() => resolve(true)))`)
    expect(await page.evaluate(movedBy)).toBeGreaterThan(still)
    await page.close()
  })
})

/** A page for nobody, and one for each who has logged in: they are led from view to view. */
async function openAll({ open, openAs }: Site, options: OpenOptions) {
  const guest = await open('/login', options)
  const tess = await openAs('tess', '/account', options)
  const admin = await openAs('admin', '/account', options)
  return ({ as }: View) => (as === 'tess' ? tess : as === 'admin' ? admin : guest)
}

async function show({ origin }: Site, page: Driver, { path, sees, by }: View): Promise<void> {
  await page.ask('Page.bringToFront')
  // By another page: within one, another fragment loads nothing anew.
  await page.ask('Page.navigate', { url: 'about:blank' })
  await page.until(`location.href === 'about:blank'`)
  await page.ask('Page.navigate', { url: `${origin}${path}` })
  await page.until(`document.readyState === 'complete' && document.querySelector('h1')`)
  await by?.(page)
  await page.see(sees)
}

async function picture(page: Driver, file: string): Promise<void> {
  const dialog = await page.evaluate(`document.querySelector('dialog[open]') !== null`)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, await page.screenshot(dialog === false))
}

/** How far the browser saw things move that nobody had moved (Layout Instability API). */
const movedBy = `new Promise((resolve) => {
  new PerformanceObserver((list) => resolve(list.getEntries().filter((one) => !one.hadRecentInput).reduce((sum, one) => sum + one.value, 0))).observe({ type: 'layout-shift', buffered: true })
  setTimeout(() => resolve(0), 300)
})`

async function unnamed(page: Driver): Promise<string[]> {
  const { nodes } = await page.ask('Accessibility.getFullAXTree')
  type Node = { ignored: boolean; role?: { value: string }; name?: { value: string } }
  return (nodes as Node[])
    .filter(({ ignored, role, name }) => !ignored && named.has(role?.value ?? '') && !name?.value)
    .map(({ role }) => role?.value ?? '')
}

/** Something of everything to be seen. */
async function furnish({ service, make }: Site): Promise<void> {
  await make('member', 'tess')
  await make('editor', 'otto.from-the-north_of_the_town.and_a_long_name')
  const as = await service.login()
  const tess = await service.login('tess')
  await service.call('POST', '/api/tokens', {
    as: tess,
    body: { name: 'nightly upload', scopes: ['specs:read', 'specs:write'] },
  })
  await service.call('PATCH', '/api/me', { as: tess, body: { email: `o'x&co=1@example.org` } })
  const { json } = await service.call('GET', '/api/users?q=tess', { as })
  const quota = { quotaSpecs: 10, quotaBytes: 5_000_000 }
  await service.call('PATCH', `/api/users/${json.items[0].id}`, { as, body: quota })
  for (const body of [{ role: 'member' }, { role: 'editor', email: 'new@example.org' }])
    await service.call('POST', '/api/invites', { as, body })
  const announcements = [
    { title: 'Maintenance on Sunday', body: 'We will be back **within the hour**.', pinned: true },
    { title: 'Over', body: '', audience: 'users', endsAt: '2026-01-01T00:00:00.000Z' },
  ]
  for (const body of announcements) await service.call('POST', '/api/announcements', { as, body })
  const wrong = { username: 'tess', password: 'not the right one at all' }
  await service.call('POST', '/api/auth/login', { body: wrong })
  // By itself it is written a while after the first request.
  await service.app.flushUsage()
}
