import { setTimeout as pause } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../../support/databases.ts'
import { clientOf, startApp, startService, type Service } from '../../support/service.ts'
import { inMs, peopleOf, type Person } from '../users/people.fixture.ts'

const hour = 3_600_000

describe.each(databases)('invites on $engine', ({ create }) => {
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

  const post = (body: object, as: string | undefined, headers = {}) =>
    call('POST', '/api/invites', { as, body, headers })

  describe('POST /api/invites', () => {
    it('gives an administrator an invite for 72 hours, its token once (security 3.6)', async () => {
      const answer = await post({ role: 'admin' }, admin.token)
      expect(answer.status, answer.text).toBe(201)
      expect(answer.json).toEqual({
        id: expect.any(String),
        role: 'admin',
        email: null,
        expiresAt: expect.any(String),
        usedAt: null,
        usedBy: null,
        createdBy: admin.id,
        createdAt: expect.any(String),
        token: expect.stringMatching(/^hf_invite_[A-Za-z0-9_-]{43}$/),
      })
      const lasts = Date.parse(answer.json.expiresAt) - Date.parse(answer.json.createdAt)
      expect(lasts).toBe(72 * hour)
      expect(answer.headers).toMatchObject({
        location: `/api/invites/${answer.json.id}`,
        'cache-control': 'no-store',
      })
      expect(answer.text).not.toMatch(/hash/i)
      const kept = await service.app.storage.invites.byId(answer.json.id)
      expect(JSON.stringify(kept)).not.toContain(answer.json.token.slice(-43))
      const [row] = await people.auditOf(answer.json.id)
      expect(row).toMatchObject({
        action: 'invite.create',
        actorId: admin.id,
        details: { role: 'admin', bound: false },
      })
    })

    it('lets an editor invite members, and nobody above (security 3.6)', async () => {
      expect((await post({ role: 'member' }, editor.token)).status).toBe(201)
      for (const role of ['editor', 'admin']) {
        const answer = await post({ role }, editor.token)
        expect([answer.status, answer.json.code]).toEqual([403, 'role_not_allowed'])
      }
    })

    it('takes an API token for users:manage, which gives no more than its owner may', async () => {
      const token = await people.apiTokenOf(editor, ['users:manage'])
      const answer = await post({ role: 'member' }, token)
      expect([answer.status, answer.json.createdBy]).toEqual([201, editor.id])
      expect((await post({ role: 'editor' }, token)).json.code).toBe('role_not_allowed')
      const other = await people.apiTokenOf(admin, ['specs:write', 'ops:run'])
      expect((await post({ role: 'member' }, other)).json.code).toBe('missing_scope')
    })

    it('refuses it to guests and members', async () => {
      expect((await post({ role: 'member' }, undefined)).status).toBe(401)
      expect((await post({ role: 'member' }, member.token)).status).toBe(403)
    })

    it('keeps the e-mail address folded, and out of the audit log', async () => {
      const answer = await post({ role: 'member', email: 'Canary@Example.org' }, admin.token)
      expect([answer.status, answer.json.email]).toEqual([201, 'canary@example.org'])
      expect(JSON.stringify(await people.auditOf(answer.json.id))).not.toContain('canary')
    })

    it('says where to come in only where PUBLIC_URL is known, whatever the Host (security 3.6)', async () => {
      const host = { host: 'evil.example', 'x-forwarded-host': 'evil.example' }
      const without = await post({ role: 'member' }, admin.token, host)
      expect(without.json).not.toHaveProperty('link')
      expect(without.text).not.toContain('evil')
      const app = await startApp({ DATABASE_URL: service.url, PUBLIC_URL: 'https://specs.example' })
      await app.started
      const { json, text } = await clientOf(app).call('POST', '/api/invites', {
        as: admin.token,
        body: { role: 'member' },
        headers: host,
      })
      expect(json.link).toBe(`https://specs.example/register#${json.token}`)
      expect(text).not.toContain('evil')
    })

    it.each([
      ['in the past', -hour],
      ['now', 0],
      ['in more than 30 days', 30 * 24 * hour + 60_000],
    ])('refuses one that ends %s', async (_what, ms) => {
      const answer = await post({ role: 'member', expiresAt: inMs(ms) }, admin.token)
      expect([answer.status, answer.json.errors?.[0].pointer]).toEqual([400, '/expiresAt'])
    })

    it('takes another end, in any zone', async () => {
      const at = new Date(Math.floor((Date.now() + hour) / 1000) * 1000)
      const text = `${new Date(at.getTime() + 2 * hour).toISOString().slice(0, 19)}+02:00`
      const answer = await post({ role: 'member', expiresAt: text }, admin.token)
      expect([answer.status, answer.json.expiresAt]).toEqual([201, at.toISOString()])
    })

    it.each([
      [{}],
      [{ role: 'owner' }],
      [{ role: 'member', id: 'mine' }],
      [{ role: 'member', createdBy: 'mine' }],
      [{ role: 'member', tokenHash: 'x' }],
      [{ role: 'member', usedAt: null }],
      [{ role: 'member', email: 'nonsense' }],
      [{ role: 'member', expiresAt: 'soon' }],
    ])('refuses the body %j (security 3.4)', async (body) => {
      expect((await post(body, admin.token)).status).toBe(400)
    })

    it('gives the same token to a repetition under its Idempotency-Key', async () => {
      const headers = { 'idempotency-key': crypto.randomUUID() }
      const first = await post({ role: 'member' }, admin.token, headers)
      const second = await post({ role: 'member' }, admin.token, headers)
      expect(second.json).toEqual(first.json)
    })
  })

  describe('GET /api/invites', () => {
    const list = (as: string | undefined, query = '') => call('GET', `/api/invites${query}`, { as })

    it('shows editors their own and administrators all, newest first, without tokens', async () => {
      const own = (await post({ role: 'member' }, editor.token)).json
      await pause(2)
      const other = (await post({ role: 'editor' }, admin.token)).json
      const seen = await list(admin.token, '?limit=1000')
      const ids = seen.json.items.map(({ id }: { id: string }) => id)
      expect(ids.slice(0, 2)).toEqual([other.id, own.id])
      expect(seen.text).not.toMatch(/hash|hf_|"token"/i)
      const { token: _, ...shown } = own
      const mine = await list(editor.token, '?limit=1000')
      expect(mine.json.items[0]).toEqual(shown)
      const authors = mine.json.items.map(({ createdBy }: { createdBy: string }) => createdBy)
      expect(new Set(authors)).toEqual(new Set([editor.id]))
      expect(seen.headers['cache-control']).toBe('no-store')
    })

    it('is whole, page by page', async () => {
      const all = (await list(admin.token, '?limit=1000')).json.items
      const found: unknown[] = []
      let cursor: string | null = ''
      while (cursor !== null) {
        const page = await list(admin.token, `?limit=2${cursor && `&cursor=${cursor}`}`)
        found.push(...page.json.items)
        cursor = page.json.nextCursor
        expect(page.headers['link'] !== undefined).toBe(cursor !== null)
      }
      expect(found).toEqual(all)
    })

    it('takes no cursor of somebody else’s list', async () => {
      const { json } = await list(admin.token, '?limit=1')
      expect((await list(editor.token, `?cursor=${json.nextCursor}`)).status).toBe(400)
    })

    it('is not for guests and members', async () => {
      expect((await list(undefined)).status).toBe(401)
      expect((await list(member.token)).status).toBe(403)
    })
  })

  describe('DELETE /api/invites/:id', () => {
    const remove = (id: string, as: string | undefined) =>
      call('DELETE', `/api/invites/${id}`, { as })

    it('withdraws one’s own; an administrator any', async () => {
      const own = (await post({ role: 'member' }, editor.token)).json
      const other = (await post({ role: 'member' }, editor.token)).json
      expect((await remove(own.id, editor.token)).status).toBe(204)
      expect((await remove(other.id, admin.token)).status).toBe(204)
      expect((await remove(own.id, editor.token)).status).toBe(404)
      const actions = (await people.auditOf(own.id)).map(({ action }) => action)
      expect(actions).toEqual(['invite.create', 'invite.revoke'])
    })

    it('knows nothing of those of others, for an editor', async () => {
      const { id } = (await post({ role: 'member' }, admin.token)).json
      const foreign = await remove(id, editor.token)
      const missing = await remove('nonexistent', editor.token)
      expect([foreign.status, foreign.json.code]).toEqual([404, 'invite_not_found'])
      expect(foreign.json.detail).toBe(missing.json.detail)
      expect(await service.app.storage.invites.byId(id)).toBeDefined()
    })

    it('says so where somebody came in with it', async () => {
      const { id, token } = (await post({ role: 'member' }, admin.token)).json
      const body = {
        username: 'came-in',
        password: 'correct horse battery staple 9',
        invite: token,
      }
      const guest = await call('POST', '/api/auth/register', { body })
      const answer = await remove(id, admin.token)
      expect([answer.status, answer.json.code]).toEqual([409, 'invite_used'])
      const { json } = await call('GET', '/api/invites?limit=1', { as: admin.token })
      expect(json.items[0]).toMatchObject({ id, usedBy: guest.json.id, usedAt: expect.any(String) })
    })
  })
})
