import { expect, it } from 'vitest'
import { password } from '../../support/service.ts'
import { describePages, faultsOf } from './pages.fixture.ts'

describePages('the page for logging in', (site) => {
  it('takes a username and a password by the keyboard alone, and leads to the account', async () => {
    await site().make('member', 'kay')
    const page = await site().open('/login')
    await page.until(`document.activeElement?.name === 'username'`)
    await page.write('kay')
    await page.press('Tab')
    await page.write(password)
    await page.press('Enter')
    await page.see('Your account')
    await page.see('kay')
    expect(await page.path()).toBe('/account')
    expect(faultsOf(page)).toEqual([])
    await page.close()
  })

  it('is reached by the Tab key from the top: to the content first, each place to be seen', async () => {
    const page = await site().open('/login')
    await page.until(`document.activeElement?.name === 'username'`)
    await page.evaluate(`document.querySelector('.skip').focus()`)
    const places: string[] = []
    for (let i = 0; i < 9; i++) {
      if (i > 0) await page.press('Tab')
      places.push(await page.focused())
      expect(
        await page.evaluate(`getComputedStyle(document.activeElement).outlineStyle`),
        places.at(-1),
      ).not.toBe('none')
    }
    expect(places.map((one) => one.trim())).toEqual([
      'To the content',
      'Holdfast',
      'Specs',
      'The service’s API',
      'Log in',
      'Username *',
      'Password *',
      'Log in',
      'Register',
    ])
    await page.close()
  })

  it('refuses a wrong password with a sentence, and keeps nothing', async () => {
    const page = await site().open('/login')
    await page.fill('Username', 'admin')
    await page.fill('Password', 'not the right one at all')
    await page.click('Log in', 'form')
    await page.see('The username or the password is wrong.')
    expect(await page.evaluate('sessionStorage.length + localStorage.length')).toBe(0)
    expect(await page.evaluate('document.cookie')).toBe('')
    expect(await page.path()).toBe('/login')
    await page.close()
  })

  it('says at a field that it is empty, and goes there', async () => {
    const page = await site().open('/login')
    await page.fill('Username', 'admin')
    await page.click('Log in', 'form')
    await page.until(`document.activeElement.matches('[name=password][aria-invalid=true]')`)
    const described = await page.evaluate<string>(
      `document.getElementById(document.activeElement.getAttribute('aria-describedby')).textContent`,
    )
    expect(described).not.toBe('')
    await page.close()
  })

  it('leads back to where a guest wanted to go, and nowhere else', async () => {
    const page = await site().openAs('admin', '/admin#audit')
    expect(await page.path()).toBe('/admin#audit')
    await page.close()
    for (const wanted of ['https://elsewhere.example', '//elsewhere.example', '/accountant']) {
      const page = await site().open('/login')
      await page.evaluate(`sessionStorage.setItem('holdfast.wanted', '${wanted}')`)
      await page.fill('Username', 'admin')
      await page.fill('Password', password)
      await page.click('Log in', 'form')
      await page.see('Your account')
      expect(await page.path(), wanted).toBe('/account')
      await page.close()
    }
  })

  it('is where a session ends: the header logs out, and the token is dead', async () => {
    const page = await site().openAs('admin', '/account')
    const token = await page.evaluate<string>(
      `JSON.parse(sessionStorage.getItem('holdfast.session')).token`,
    )
    await page.click('Log out')
    await page.until(`location.pathname === '/login'`)
    expect(await page.evaluate(`sessionStorage.getItem('holdfast.session')`)).toBeNull()
    expect((await site().service.call('GET', '/api/me', { as: token })).status).toBe(401)
    await page.close()
  })

  it('has the token in no address, no cookie and nothing that lasts', async () => {
    const page = await site().openAs('admin', '/account')
    await page.see('API tokens')
    for (const url of page.requests()) {
      expect(url).not.toContain('hf_')
      expect(url.startsWith(`${site().origin}/`) || url.startsWith('data:'), url).toBe(true)
    }
    expect(await page.evaluate('document.cookie + localStorage.length')).toBe('0')
    await page.close()
  })
})

describePages(
  'the page for logging in, where the limit is low',
  (site) => {
    it('says how long to wait', async () => {
      const page = await site().open('/login')
      for (let i = 0; i < 3; i++) {
        await page.fill('Username', 'admin')
        await page.fill('Password', 'not the right one at all')
        await page.click('Log in', 'form')
        await page.until(`document.querySelector('form button').ariaBusy !== 'true'`)
      }
      await page.until(
        `/Try again in \\d+ (second|minute)s?\\./.test(document.body?.innerText ?? '')`,
      )
      await page.close()
    })
  },
  { environment: { RATE_LIMIT_LOGINS: '2' } },
)
