import { expect, it } from 'vitest'
import { password } from '../../support/service.ts'
import { describePages, faultsOf } from './pages.fixture.ts'

const newPassword = 'another battery for the horse 7'

describePages('the page of the account', (site) => {
  it('leads a guest to log in, with a sentence that says why', async () => {
    const page = await site().open('/account')
    await page.see('Log in to see this page.')
    expect(await page.path()).toBe('/login')
    await page.close()
  })

  it('shows who one is and how much one has, and saves an e-mail address as text', async () => {
    await site().make('member', 'ada')
    const page = await site().openAs('ada', '/account')
    await page.see('Member')
    await page.see('no limit')
    await page.fill('E-mail', 'ada@example.org')
    await page.click('Save')
    await page.see('Your e-mail address is saved.')
    const { json } = await site().service.call('GET', '/api/me', {
      as: await site().service.login('ada'),
    })
    expect(json.email).toBe('ada@example.org')
    expect(faultsOf(page)).toEqual([])
    await page.close()
  })

  it('refuses what is no e-mail address, or is somebody else’s, at the field', async () => {
    await site().make('member', 'bob')
    await site().make('member', 'bill')
    await site().service.call('PATCH', '/api/me', {
      as: await site().service.login('bill'),
      body: { email: 'bill@example.org' },
    })
    const page = await site().openAs('bob', '/account')
    await page.fill('E-mail', '<img src=x onerror=alert(1)>')
    await page.click('Save')
    await page.until(`document.activeElement.matches('[name=email][aria-invalid]')`)
    await page.fill('E-mail', 'bill@example.org')
    await page.click('Save')
    await page.see('There is a user with this e-mail address already.')
    await page.until(`document.activeElement.matches('[name=email][aria-invalid]')`)
    await page.close()
  })

  it('changes the password, by which the other sessions end', async () => {
    await site().make('member', 'eve')
    const other = await site().openAs('eve', '/account')
    const page = await site().openAs('eve', '/account')
    await page.fill('Current password', 'not the right one at all')
    await page.fill('New password', newPassword)
    await page.click('Change password')
    await page.see('The current password is another one.')
    await page.until(`document.activeElement.matches('[name=current][aria-invalid]')`)

    await page.fill('Current password', password)
    await page.click('Change password')
    await page.see('Your other sessions have ended.')
    await page.until(
      `document.querySelectorAll('section')[2].querySelectorAll('tbody tr').length === 1`,
    )

    await other.fill('E-mail', 'eve@example.org')
    await other.click('Save')
    await other.see('Your session is over. Log in to go on.')
    expect(await other.path()).toBe('/login')
    await other.fill('Username', 'eve')
    await other.fill('Password', newPassword)
    await other.click('Log in', 'form')
    await other.see('Your account')
    expect([...faultsOf(page), ...faultsOf(other)]).toEqual([])
    await page.close()
    await other.close()
  })

  it('refuses a short password at its field, before it is sent', async () => {
    await site().make('member', 'fay')
    const page = await site().openAs('fay', '/account')
    await page.fill('Current password', password)
    await page.fill('New password', 'short')
    await page.click('Change password')
    await page.until(`document.activeElement.matches('[name=new][aria-invalid]')`)
    expect(page.requests().some((url) => url.endsWith('/api/me/password'))).toBe(false)
    await page.close()
  })

  it('ends another session, whose page then leads to the login', async () => {
    await site().make('member', 'gil')
    const other = await site().openAs('gil', '/account')
    const page = await site().openAs('gil', '/account')
    await page.see('this one')
    await page.until(`document.querySelector('[aria-label^="End the session with Chrome"]')`)
    await page.evaluate(
      `[...document.querySelectorAll('[aria-label^="End the session with Chrome"]')].at(-1).click()`,
    )
    await page.see('The session has ended.')
    await page.evaluate('undefined')
    await other.click('Save')
    await other.see('Your session is over.')
    await page.click('End all others')
    await page.click('End them')
    await page.until(
      `document.querySelectorAll('section')[2].querySelectorAll('tbody tr').length === 1`,
    )
    await page.close()
    await other.close()
  })

  it('makes a token that is shown once, lets a program in, and is deleted', async () => {
    await site().make('member', 'hal')
    const page = await site().openAs('hal', '/account')
    await page.click('New token')
    await page.see('specs:write')
    expect(await page.text()).not.toContain('backup:read')
    await page.click('Create')
    await page.until(`document.activeElement.matches('[name=name][aria-invalid]')`)
    await page.fill('Name', '<b id="pwned">build</b>')
    await page.click('Create')
    await page.see('Choose at least one.')
    await page.click('specs:read')
    await page.click('Create')
    await page.see('it is not shown again')
    const token = await page.evaluate<string>(`document.querySelector('dialog input').value`)
    expect(token).toMatch(/^hf_api_/)
    const answer = await fetch(`${site().origin}/api/specs`, {
      headers: { authorization: `Bearer ${token}` },
    })
    expect(answer.status).toBe(200)

    await page.click('Copy')
    // Behind the dialog nobody would see or hear it.
    await page.until(`document.querySelector('dialog #status').textContent !== ''`)
    await page.press('Escape')
    await page.until(`!document.querySelector('dialog')`)
    expect(await page.evaluate(`document.getElementById('status').parentElement.localName`)).toBe(
      'body',
    )
    expect(await page.evaluate<string>('document.documentElement.outerHTML')).not.toContain(token)
    expect(await page.evaluate(`document.getElementById('pwned')`)).toBeNull()
    await page.see('<b id="pwned">build</b>')
    await page.click('Delete the token <b id="pwned">build</b>')
    await page.click('Delete')
    await page.see('You have none.')
    const refused = await fetch(`${site().origin}/api/me`, {
      headers: { authorization: `Bearer ${token}` },
    })
    expect(refused.status).toBe(401)
    for (const url of page.requests()) expect(url).not.toContain('hf_')
    expect(faultsOf(page)).toEqual([])
    await page.close()
  })

  it('gives the focus back where a dialog was opened, and closes it by Escape', async () => {
    await site().make('member', 'ida')
    const page = await site().openAs('ida', '/account')
    await page.click('New token')
    await page.until(`document.querySelector('dialog[open]')`)
    await page.press('Escape')
    await page.until(`!document.querySelector('dialog')`)
    expect(await page.focused()).toBe('New token')
    await page.close()
  })

  it('does a click once, however often the answer gets lost', async () => {
    await site().make('member', 'jon')
    const page = await site().openAs('jon', '/account')
    await page.evaluate(`(() => {
      const real = window.fetch
      let lost = 0
      window.keys = []
      window.fetch = async (path, options) => {
        const answer = await real(path, options)
        if (options.method !== 'POST') return answer
        window.keys.push(options.headers['idempotency-key'])
        if (lost++ === 0) throw new TypeError('lost')
        if (lost === 2) return new Response('{}', { status: 503, headers: { 'retry-after': '1' } })
        return answer
      }
    })()`)
    await page.click('New token')
    await page.fill('Name', 'once')
    await page.click('specs:read')
    await page.click('Create')
    await page.see('it is not shown again')
    const keys = await page.evaluate<string[]>('window.keys')
    expect([keys.length, new Set(keys).size]).toEqual([3, 1])
    const { json } = await site().service.call('GET', '/api/tokens', {
      as: await site().service.login('jon'),
    })
    expect(json.items).toHaveLength(1)
    await page.close()
  })
})
