import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases, type TestDatabase } from '../../support/databases.ts'
import { password, startService, type Service } from '../../support/service.ts'
import {
  findBrowser,
  startBrowser,
  type Browser,
  type OpenOptions,
  type Page,
} from '../specs/page.browser.ts'
import { driverOf } from './pages.driver.ts'

export type Driver = ReturnType<typeof driverOf>

export interface Site {
  service: Service
  origin: string
  /** A page in a tab of its own, which shares no session with another. */
  open: (path: string, options?: OpenOptions) => Promise<Driver>
  /** The same, by somebody who has logged in there. */
  openAs: (username: string, path: string, options?: OpenOptions) => Promise<Driver>
  /** Somebody new of a role: gives the username. */
  make: (role: 'member' | 'editor' | 'admin', username: string) => Promise<string>
}

const path = findBrowser()

/** Tests of pages in a headless Chromium, against the service on a port; where there is none, one that says so. */
export function describePages(
  subject: string,
  tests: (site: () => Site) => void,
  {
    create,
    environment,
  }: { create?: () => Promise<TestDatabase>; environment?: Record<string, string> } = {},
): void {
  if (path === undefined) {
    describe(`${subject} without a browser`, () => {
      it('is not shown: there is no Chromium on the PATH or as CHROMIUM', () => {
        expect(path).toBeUndefined()
      })
    })
    return
  }
  describe(subject, () => {
    let site: Site
    let browser: Browser
    beforeAll(async () => {
      const service = await startService(create ?? databases[0]!.create, environment)
      await service.app.listen({ port: 0, host: '127.0.0.1' })
      browser = await startBrowser(path)
      site = siteOf(service, browser)
    })
    afterAll(() => browser.close())
    tests(() => site)
  })
}

function siteOf(service: Service, browser: Browser): Site {
  const origin = `http://127.0.0.1:${(service.app.server.address() as AddressInfo).port}`

  async function open(path: string, options?: OpenOptions): Promise<Driver> {
    const page = await browser.open(`${origin}${path}`, options)
    return driverOf(page)
  }

  async function openAs(username: string, path: string, options?: OpenOptions): Promise<Driver> {
    const page = await open(path, options)
    await page.until(`location.pathname === '/login' && document.querySelector('form')`)
    await page.fill('Username', username)
    await page.fill('Password', password)
    await page.click('Log in', 'form')
    await page.until(
      `location.pathname === '${path.split('#')[0]}' && document.querySelector('h1')`,
    )
    return page
  }

  async function make(role: 'member' | 'editor' | 'admin', username: string): Promise<string> {
    await service.tokenOf(role, username)
    return username
  }

  return { service, origin, open, openAs, make }
}

const harmless = [
  'Failed to load resource',
  // A link for a new password does not say whose it is.
  '[DOM] Password forms should have',
]

/** What a page did that its policy forbids, or that went wrong in it; refusals of the API are not among it. */
export function faultsOf(page: Pick<Page, 'complaints' | 'dialogs'>): string[] {
  const faults = page.complaints.filter((text) => !harmless.some((one) => text.startsWith(one)))
  return [...faults, ...page.dialogs]
}
