import { beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../../support/databases.ts'
import { password, startInstance, startService, type Service } from '../../support/service.ts'
import { peopleOf, type Person } from './people.fixture.ts'

interface Item {
  username: string
  email: string | null
}

describe.each(databases)('users on $engine', ({ create }) => {
  let service: Service
  let call: Service['call']
  let people: ReturnType<typeof peopleOf>
  let admin: Person
  let editor: Person
  let member: Person

  beforeAll(async () => {
    service = await startService(create)
    call = service.call
    people = peopleOf(service.app)
    admin = await people.make('admin')
    editor = await people.make('editor')
    member = await people.make('member')
  })

  const list = (query = '', as: string | undefined = admin.token) =>
    call('GET', `/api/users${query}`, { as })
  const patch = (id: string, body: object, as: string | undefined = admin.token) =>
    call('PATCH', `/api/users/${id}`, { as, body })

  describe('GET /api/users', () => {
    beforeAll(async () => {
      await people.make('member', { username: 'zoe', email: 'anna@example.org' })
      await people.make('editor', { username: 'anna.b', email: null, status: 'disabled' })
      await people.make('member', { username: 'anna_c', email: 'x.100%@example.org' })
      await people.make('member', { username: 'annaxc', email: '_y@example.org' })
    })

    const names = async (query: string) =>
      (await list(query)).json.items.map(({ username }: Item) => username)

    it('lists them by username, as administrators see them, without a hash', async () => {
      const answer = await list('?limit=1000')
      expect(answer.status).toBe(200)
      const found = answer.json.items.map(({ username }: Item) => username)
      expect(found).toEqual(found.toSorted())
      expect(found).toContain('zoe')
      expect(Object.keys(answer.json.items[0]).toSorted()).toEqual([
        'createdAt',
        'email',
        'id',
        'quotaBytes',
        'quotaSpecs',
        'role',
        'status',
        'updatedAt',
        'username',
      ])
      expect(answer.text).not.toMatch(/argon2|hash|hf_/i)
      expect(answer.headers['cache-control']).toBe('no-store')
    })

    it.each([
      ['anna', ['anna.b', 'anna_c', 'annaxc', 'zoe']],
      ['ANNA_', ['anna_c']],
      ['anna%25', []],
      ['%25', []],
      ['_', ['annaxc']],
      ['x.100%25', ['anna_c']],
      ['nna', []],
      ['%5C', []],
      ['%C3%BC', []],
      ["'", []],
      ['example', []],
    ])('?q=%s finds those whose name or address begins so (security 3.5)', async (q, found) => {
      expect(await names(`?q=${q}`)).toEqual(found)
    })

    it('filters by role and status, together with the beginning', async () => {
      expect(await names('?q=anna&role=member')).toEqual(['anna_c', 'annaxc', 'zoe'])
      expect(await names('?q=anna&status=disabled')).toEqual(['anna.b'])
      expect(await names('?q=anna&status=active&role=editor')).toEqual([])
    })

    it('is whole, page by page', async () => {
      const all = await names('?limit=1000')
      const found: string[] = []
      let cursor: string | null = ''
      while (cursor !== null) {
        const page = await list(`?limit=2${cursor && `&cursor=${cursor}`}`)
        found.push(...page.json.items.map(({ username }: Item) => username))
        cursor = page.json.nextCursor
        expect(page.headers['link'] !== undefined).toBe(cursor !== null)
      }
      expect(found).toEqual(all)
    })

    it('takes no cursor of another list, and no unknown query', async () => {
      const { json } = await list('?limit=1')
      expect((await list(`?role=member&cursor=${json.nextCursor}`)).status).toBe(400)
      for (const query of ['?cursor=x', '?role=owner', '?q=', '?limit=0', '?sort=hash', '?q=a&q=b'])
        expect((await list(query)).status, query).toBe(400)
    })

    it('is for administrators', async () => {
      expect((await call('GET', '/api/users')).status).toBe(401)
      for (const { token } of [editor, member]) expect((await list('', token)).status).toBe(403)
    })
  })

  describe('GET /api/users/:id', () => {
    it('reads one, without a hash', async () => {
      const answer = await call('GET', `/api/users/${member.id}`, { as: admin.token })
      expect(answer.json).toMatchObject({ id: member.id, quotaSpecs: null, quotaBytes: null })
      expect(answer.text).not.toMatch(/argon2|hash/i)
      const missing = await call('GET', '/api/users/nonexistent', { as: admin.token })
      expect([missing.status, missing.json.code]).toEqual([404, 'user_not_found'])
    })
  })

  describe('PATCH /api/users/:id', () => {
    it('changes role, address and quotas, and tells the audit log which, not to what address', async () => {
      const user = await people.make('member')
      const body = {
        role: 'editor',
        email: 'Canary@Example.org',
        quotaSpecs: 7,
        quotaBytes: 2 ** 40,
      }
      const answer = await patch(user.id, body)
      expect(answer.status, answer.text).toBe(200)
      expect(answer.json).toMatchObject({ ...body, email: 'canary@example.org' })
      expect(answer.json.updatedAt >= user.updatedAt).toBe(true)
      expect(answer.text).not.toMatch(/argon2|hash/i)
      const read = await call('GET', `/api/users/${user.id}`, { as: admin.token })
      expect(read.json).toEqual(answer.json)
      const cleared = await patch(user.id, { email: null, quotaSpecs: null })
      expect(cleared.json).toMatchObject({ email: null, quotaSpecs: null, quotaBytes: 2 ** 40 })
      const rows = await people.auditOf(user.id)
      expect(rows.map(({ details }) => details)).toEqual([
        { fields: 'role, email, quotaSpecs, quotaBytes', role: 'member → editor' },
        { fields: 'email, quotaSpecs' },
      ])
      expect(JSON.stringify(rows)).not.toContain('canary')
    })

    it('shuts a disabled user out at once, on every instance, by whatever he came in (security 3.1.2)', async () => {
      const elsewhere = await startInstance(service.url)
      const user = await people.make('editor')
      const api = await people.apiTokenOf(user, ['users:manage'])
      const me = (as: string) => elsewhere.call('GET', '/api/me', { as })
      const invite = await call('POST', '/api/invites', {
        as: user.token,
        body: { role: 'member' },
      })
      for (const token of [user.token, api]) expect((await me(token)).status).toBe(200)

      expect((await patch(user.id, { status: 'disabled' })).json.status).toBe('disabled')
      for (const token of [user.token, api]) expect((await me(token)).status).toBe(401)
      await expect(elsewhere.login(user.username)).rejects.toThrow('401')
      const body = { username: 'by-disabled', password, invite: invite.json.token }
      expect((await elsewhere.call('POST', '/api/auth/register', { body })).status).toBe(410)

      expect((await patch(user.id, { status: 'active' })).status).toBe(200)
      expect((await me(api)).status).toBe(200)
      expect((await me(user.token)).status).toBe(401)
      expect((await me(await elsewhere.login(user.username))).status).toBe(200)
    })

    it('ends sessions and resets of one who is disabled, also for when he is enabled again', async () => {
      const user = await people.make('member')
      const reset = await call('POST', `/api/users/${user.id}/reset`, { as: admin.token })
      const session = await people.sessionOf(user)
      for (const status of ['disabled', 'active']) await patch(user.id, { status })
      expect((await call('GET', '/api/me', { as: session })).status).toBe(401)
      const body = { token: reset.json.token, password: 'another long passphrase 7' }
      expect((await call('POST', '/api/auth/reset', { body })).status).toBe(410)
    })

    it('takes away at once what a role gave', async () => {
      const user = await people.make('editor')
      const open = () => call('POST', '/api/invites', { as: user.token, body: { role: 'member' } })
      expect((await open()).status).toBe(201)
      await patch(user.id, { role: 'member' })
      expect((await open()).status).toBe(403)
    })

    it('does nothing for an administrator who is shut out at that moment (security 3.3)', async () => {
      const user = await people.make('admin')
      const [begun, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      const disabling = service.app.storage.unitOfWork(
        { alone: [['user', user.id]] },
        async (tx) => {
          await tx.users.update(user.id, { status: 'disabled' })
          begun.resolve()
          await held.promise
        },
      )
      await begun.promise
      // They have passed the check of their tokens, and wait, when the other unit ends.
      setTimeout(held.resolve, 500)
      const body = { username: 'made-too-late', password }
      const [undone, made] = await Promise.all([
        patch(user.id, { status: 'active' }, user.token),
        call('POST', '/api/users', { as: user.token, body }),
        disabling,
      ])
      expect([undone.status, made.status]).toEqual([401, 401])
      expect(await service.app.storage.users.byId(user.id)).toMatchObject({ status: 'disabled' })
      expect(await service.app.storage.users.byUsername('made-too-late')).toBeUndefined()
    })

    it('refuses an address that is taken, and a user who is not there', async () => {
      await people.make('member', { email: 'taken@example.org' })
      const taken = await patch(member.id, { email: 'TAKEN@example.org' })
      expect([taken.status, taken.json.code]).toEqual([409, 'email_taken'])
      expect((await patch('nonexistent', { role: 'member' })).status).toBe(404)
    })

    it.each([
      [{}],
      [{ role: 'owner' }],
      [{ status: 'deleted' }],
      [{ username: 'other' }],
      [{ id: 'other' }],
      [{ password: 'a password that is long' }],
      [{ passwordHash: 'x' }],
      [{ createdAt: '2020-01-01T00:00:00.000Z' }],
      [{ email: 'nonsense' }],
      [{ email: 'two@at@example.org' }],
      [{ quotaSpecs: -1 }],
      [{ quotaSpecs: 1.5 }],
      [{ quotaBytes: '1' }],
      [{ quotaBytes: 2 ** 51 }],
    ])('refuses the body %j (security 3.4)', async (body) => {
      expect((await patch(member.id, body)).status).toBe(400)
    })

    it('is for administrators, and for their tokens with users:manage', async () => {
      const body = { quotaSpecs: 1 }
      expect((await patch(member.id, body)).status).toBe(200)
      for (const { token } of [editor, member]) {
        expect((await patch(member.id, body, token)).status).toBe(403)
      }
      expect((await call('PATCH', `/api/users/${member.id}`, { body })).status).toBe(401)
      const [right, wrong, low] = [
        await people.apiTokenOf(admin, ['users:manage']),
        await people.apiTokenOf(admin, ['specs:write']),
        await people.apiTokenOf(editor, ['users:manage']),
      ]
      expect((await patch(member.id, body, right)).status).toBe(200)
      expect((await patch(member.id, body, wrong)).json.code).toBe('missing_scope')
      expect((await patch(member.id, body, low)).json.code).toBe('forbidden')
    })
  })

  describe('POST /api/users', () => {
    it('says the name where name and address are both taken, on either engine', async () => {
      const there = await people.make('member', { email: 'both@example.org' })
      const { json } = await call('POST', '/api/users', {
        as: admin.token,
        body: { username: there.username, email: 'both@example.org', password },
      })
      expect(json.code).toBe('username_taken')
    })
  })
})
