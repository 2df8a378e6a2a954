import { expect, it } from 'vitest'
import { databases } from '../../support/databases.ts'
import { describePages, faultsOf } from './pages.fixture.ts'

const hostile = `<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>`

describePages('the page of administration', (site) => {
  it('leads a member to his account, and shows an editor no more than he may', async () => {
    await site().make('member', 'mia')
    const member = await site().open('/admin')
    await member.until(`document.querySelector('form')`)
    await member.close()
    const page = await site().openAs('mia', '/account')
    await page.evaluate(`location.href = '/admin'`)
    await page.see('That page is for editors and administrators.')
    expect(await page.path()).toBe('/account')
    await page.close()

    await site().make('editor', 'ed')
    const editor = await site().openAs('ed', '/admin#users')
    await editor.see('New invite')
    const panels = await editor.evaluate<string[]>(
      `[...document.querySelectorAll('.panels a')].map((one) => one.textContent)`,
    )
    expect(panels).toEqual(['Invites', 'Announcements'])
    await editor.click('New invite')
    expect(
      await editor.evaluate(
        `[...document.querySelector('[name=role]').options].map((one) => one.value)`,
      ),
    ).toEqual(['member'])
    await editor.close()
  })

  it('makes an invite, by whose link somebody registers, once', async () => {
    const page = await site().openAs('admin', '/admin#invites')
    await page.click('New invite')
    await page.fill('Who comes in becomes', 'editor')
    await page.click('Create')
    await page.see('The invite is ready')
    const link = await page.evaluate<string>(`document.querySelector('dialog input').value`)
    expect(link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/register#hf_invite_/)
    await page.click('I have kept it')

    const path = link.slice(site().origin.length)
    const guest = await site().open(path)
    await guest.see('You were invited')
    await guest.fill('Username', 'nina')
    await guest.fill('Password', 'a long password for nina 1')
    await guest.click('Register', 'form')
    await guest.see('Your account is there.')
    for (const url of guest.requests()) expect(url).not.toContain('hf_')
    await guest.fill('Username', 'nina')
    await guest.fill('Password', 'a long password for nina 1')
    await guest.click('Log in', 'form')
    await guest.see('Editor')

    const late = await site().open(path)
    await late.fill('Username', 'nobody')
    await late.fill('Password', 'a long password for nina 1')
    await late.click('Register', 'form')
    await late.until(`document.querySelector('[role=alert]').textContent !== ''`)
    expect(await late.path()).toBe(path)

    await page.evaluate('location.reload()')
    await page.see('used')
    await page.click('New invite')
    await page.click('Create')
    await page.click('I have kept it')
    await page.click('Revoke the invite for whoever has the link')
    await page.click('Revoke')
    await page.see('The invite is revoked.')
    expect([...faultsOf(page), ...faultsOf(guest), ...faultsOf(late)]).toEqual([])
    for (const one of [page, guest, late]) await one.close()
  })

  it('changes a role, and disables a user, whose page then leads to the login', async () => {
    await site().make('member', 'olaf')
    const his = await site().openAs('olaf', '/account')
    const page = await site().openAs('admin', '/admin#users')
    await page.fill('Name or e-mail', 'olaf')
    await page.click('Search')
    await page.until(`document.querySelectorAll('tbody tr').length === 1`)
    await page.click('Manage olaf')
    await page.fill('Role', 'editor')
    await page.fill('Specs at most', '7')
    await page.click('Save')
    await page.see('olaf is changed.')
    await page.until(`/Editor[^]*7 specs/.test(document.querySelector('tbody').innerText)`)

    await page.click('Manage olaf')
    await page.fill('Status', 'disabled')
    await page.click('Save')
    await page.until(`document.querySelector('tbody .bad')?.textContent === 'disabled'`)
    await his.click('Save')
    await his.see('Your session is over.')
    expect(await his.path()).toBe('/login')
    expect([...faultsOf(page), ...faultsOf(his)]).toEqual([])
    await page.close()
    await his.close()
  })

  it('does not let the last administrator go, and says why', async () => {
    const page = await site().openAs('admin', '/admin#users')
    await page.click('Manage admin')
    await page.fill('Role', 'member')
    await page.click('Save')
    await page.see('make another administrator first')
    await page.close()
  })

  it('gives a link for a new password, which works once', async () => {
    await site().make('member', 'pia')
    const page = await site().openAs('admin', '/admin#users')
    await page.click('Manage pia')
    await page.click('New password …')
    await page.click('Make the link')
    await page.see('Hand it to pia')
    const link = await page.evaluate<string>(`document.querySelector('dialog input').value`)
    expect(link).toContain('/reset#hf_reset_')
    const path = link.slice(site().origin.length)
    for (const expected of ['Your new password is set.', 'was used or is over']) {
      const hers = await site().open(path)
      await hers.fill('New password', 'a long password for pia 12')
      await hers.click('Set the password')
      await hers.see(expected)
      for (const url of hers.requests()) expect(url).not.toContain('hf_')
      await hers.close()
    }
    await page.close()
  })

  it('deletes an account, and asks who gets its specs', async () => {
    const { service } = site()
    const token = await service.tokenOf('member', 'quin')
    await site().make('member', 'rosa')
    const made = await service.call('POST', '/api/specs?slug=quins', {
      as: token,
      headers: { 'content-type': 'application/octet-stream' },
      body: '{"openapi":"3.1.0","info":{"title":"Q","version":"1"},"paths":{}}',
    })
    expect(made.status).toBe(201)
    const page = await site().openAs('admin', '/admin#users')
    await page.click('Manage quin')
    await page.click('Delete …')
    await page.click('Delete the account')
    await page.see('say who gets them')
    await page.fill('The specs of quin', 'transfer')
    await page.fill('Who gets them', 'nobody-at-all')
    await page.click('Delete the account')
    await page.see('There is nobody of this name.')
    await page.fill('Who gets them', 'Rosa')
    await page.click('Delete the account')
    await page.see('quin is deleted.')
    const { json } = await service.call('GET', '/api/specs?owner=rosa')
    expect(json.items).toHaveLength(1)
    expect(faultsOf(page)).toEqual([])
    await page.close()
  })

  it('writes, changes and deletes announcements, whose markup stays text', async () => {
    const page = await site().openAs('admin', '/admin#announcements')
    await page.click('New announcement')
    await page.fill('Title', hostile)
    await page.fill('Text', hostile)
    await page.fill('Shown from', '2026-01-02T10:00')
    await page.fill('Shown until', '2026-01-01T10:00')
    await page.click('Publish')
    await page.until(`document.activeElement.matches('[name=endsAt][aria-invalid]')`)
    await page.fill('Shown until', '')
    await page.click('Publish')
    await page.see('The announcement is published.')
    await page.see(hostile)

    await page.click(`Edit ${hostile}`)
    expect(await page.evaluate(`document.querySelector('dialog textarea').value`)).toBe(hostile)
    await page.click('Pinned')
    await page.click('Save')
    await page.see('pinned')
    const { json } = await site().service.call('GET', '/api/announcements')
    expect(json.items[0]).toMatchObject({
      title: hostile,
      body: hostile,
      pinned: true,
      startsAt: new Date('2026-01-02T10:00').toISOString(),
    })

    await page.evaluate(`location.hash = '#audit'`)
    await page.see('announcement.create')
    await page.see(hostile)
    expect(await page.evaluate(`String(window.pwned)`)).toBe('undefined')
    await page.evaluate(`location.hash = '#announcements'`)
    await page.click(`Delete ${hostile}`)
    await page.click('Delete')
    await page.see('There are none.')
    expect(faultsOf(page)).toEqual([])
    for (const url of page.requests())
      expect(url.startsWith(`${site().origin}/`) || url.startsWith('data:'), url).toBe(true)
    await page.close()
  })

  it('shows what was done, by whom and what was refused', async () => {
    await site().make('member', 'sue')
    await site().service.call('POST', '/api/auth/login', {
      body: { username: 'sue', password: 'not the right one at all' },
    })
    const page = await site().openAs('admin', '/admin#audit')
    await page.fill('Who', 'sue')
    await page.click('Show')
    await page.until(
      `[...document.querySelectorAll('tbody tr')].every((row) => row.innerText.includes('sue'))`,
    )
    await page.see('session.create')
    await page.fill('What', 'no such')
    await page.click('Show')
    await page.until(`document.activeElement.matches('[name=action][aria-invalid]')`)
    await page.fill('What', 'spec')
    await page.fill('Who', 'sue')
    await page.click('Show')
    await page.see('Nothing of that kind was done.')
    await page.close()
  })

  it('shows usage by day, route and user', async () => {
    const page = await site().openAs('admin', '/admin#usage')
    await page.see('Usage')
    await page.fill('Sums', 'route')
    await page.click('Show')
    await page.fill('From', '2026-02-01')
    await page.fill('To', '2026-01-01')
    await page.click('Show')
    await page.until(`document.activeElement.matches('[name=from][aria-invalid]')`)
    expect(faultsOf(page)).toEqual([])
    await page.close()
  })

  it('shows health, freezes and thaws', async () => {
    const page = await site().openAs('admin', '/admin#health')
    await page.see('Durability')
    await page.click('Freeze …')
    await page.click('Freeze')
    await page.see('The service is frozen')
    await page.click('Let changes pass again')
    await page.miss('The service is frozen')
    await page.click('Delete what is kept no longer')
    await page.see('Done.')
    await page.see('retention')
    expect(faultsOf(page)).toEqual([])
    await page.close()
  })
})

describePages(
  'the page of administration, on PostgreSQL',
  (site) => {
    it('logs in, invites and sees it in the audit log', async () => {
      const page = await site().openAs('admin', '/admin#invites')
      await page.click('New invite')
      await page.click('Create')
      await page.click('I have kept it')
      await page.see('open')
      await page.evaluate(`location.hash = '#audit'`)
      await page.see('invite.create')
      await page.evaluate(`location.hash = '#health'`)
      await page.see('PostgreSQL')
      expect(faultsOf(page)).toEqual([])
      await page.close()
    })
  },
  { create: databases[1]!.create },
)
