import { createHash } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { scopes } from '../../../src/database/tables/people.tables.ts'
import type { Role } from '../../../src/database/tables/tables.ts'
import { databases } from '../../support/databases.ts'
import { startInstance, startService, type Service } from '../../support/service.ts'

const day = 86_400_000
const inDays = (days: number) => new Date(Date.now() + days * day).toISOString()

describe.each(databases)('API tokens on $engine', ({ create }) => {
  let service: Service
  let call: Service['call']
  let other: Service['call']
  let member: string
  let admin: string

  beforeAll(async () => {
    service = await startService(create)
    call = service.call
    other = (await startInstance(service.url)).call
    member = await service.tokenOf('member', 'ada')
    admin = await service.login()
  })

  const make = (as: string | undefined, body: object, headers = {}) =>
    call('POST', '/api/tokens', {
      as,
      body: { name: 'a token', scopes: ['specs:read'], ...body },
      headers,
    })
  const list = (as: string) => call('GET', '/api/tokens', { as })
  const me = (as: string) => other('GET', '/api/me', { as })

  async function tokenOf(as: string, body: object = {}): Promise<{ id: string; token: string }> {
    const answer = await make(as, body)
    expect(answer.status, answer.text).toBe(201)
    return answer.json
  }

  async function alter(table: 'apiTokens' | 'users', id: string, change: object) {
    const { tables, unitOfWork } = service.app.database
    await unitOfWork({}, async (tx) => {
      await tx.update(tables[table]).set(change).where(eq(tables[table].id, id))
    })
  }

  describe('POST /api/tokens', () => {
    it('makes one of 256 random bits, shown once, good for 90 days (security 3.1.3)', async () => {
      const answer = await make(member, { name: 'nightly', scopes: ['specs:write', 'specs:read'] })
      expect(answer.status).toBe(201)
      expect(answer.json).toEqual({
        id: expect.any(String),
        name: 'nightly',
        scopes: ['specs:write', 'specs:read'],
        expiresAt: expect.any(String),
        lastUsedAt: null,
        createdAt: expect.any(String),
        token: expect.stringMatching(/^hf_api_[A-Za-z0-9_-]{43}$/),
      })
      expect(answer.headers['cache-control']).toBe('no-store')
      expect(answer.text).not.toMatch(/hash/i)
      const days = (Date.parse(answer.json.expiresAt) - Date.parse(answer.json.createdAt)) / day
      expect(days).toBe(90)
      expect((await list(member)).text).not.toContain('hf_api_')
      expect((await me(answer.json.token)).json.username).toBe('ada')
    })

    it('keeps of it only its SHA-256 (security 3.1.1)', async () => {
      const { token } = await tokenOf(member)
      const { db, tables } = service.app.database
      const rows = await db.select().from(tables.apiTokens)
      expect(JSON.stringify(rows)).not.toContain(token.slice(7))
      const tokenHash = createHash('sha256').update(token).digest('hex')
      expect(rows).toContainEqual(expect.objectContaining({ tokenHash }))
    })

    it('takes another end, in any time zone, of at most 365 days (security 3.1.3)', async () => {
      const expiresAt = inDays(364)
      const given = await tokenOf(member, { expiresAt: expiresAt.replace('Z', '+00:00') })
      expect(given).toMatchObject({ expiresAt })
      for (const wrong of [
        inDays(365.001),
        inDays(-1),
        '9999-12-31T00:00:00Z',
        '2020-02-30T00:00:00Z',
      ]) {
        const answer = await make(member, { expiresAt: wrong })
        expect([answer.status, answer.json.errors[0].pointer]).toEqual([400, '/expiresAt'])
      }
    })

    it('gives scopes as far as the role goes, and none above it', async () => {
      const ofMembers = ['specs:read', 'specs:write']
      const allowed: Record<Role, readonly string[]> = {
        member: ofMembers,
        editor: [...ofMembers, 'announcements:write', 'users:manage'],
        admin: scopes,
      }
      for (const role of ['member', 'editor', 'admin'] as const) {
        const as = await service.tokenOf(role)
        for (const scope of scopes) {
          const answer = await make(as, {
            scopes: ['specs:read', scope].slice(scope === 'specs:read' ? 1 : 0),
          })
          const may = allowed[role].includes(scope)
          expect([role, scope, answer.status]).toEqual([role, scope, may ? 201 : 403])
          if (!may) expect(answer.json.code).toBe('scope_not_allowed')
        }
      }
    })

    it.each([
      [{ scopes: [] }],
      [{ scopes: ['specs:read', 'specs:read'] }],
      [{ scopes: ['all'] }],
      [{ scopes: 'specs:read' }],
      [{ name: '' }],
      [{ name: 'x'.repeat(101) }],
      [{ name: 'a\u0000b' }],
      [{ userId: 'x' }],
      [{ token: 'hf_api_mine' }],
      [{ expiresAt: 'tomorrow' }],
      [{ expiresAt: null }],
    ])('refuses %j (security 3.1.9)', async (body) => {
      expect((await make(member, body)).status).toBe(400)
    })

    it('makes 50 for a user and not one more, also of many at once', async () => {
      const as = await service.tokenOf('member')
      const answers = []
      for (let i = 0; i < 6; i++)
        answers.push(...(await Promise.all(Array.from({ length: 9 }, () => make(as, {})))))
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(50)
      const refused = answers.filter(({ status }) => status === 409)
      expect(refused).toHaveLength(4)
      expect(refused[0]?.json.code).toBe('too_many_tokens')
      expect((await list(as)).json.items).toHaveLength(50)
      await call('DELETE', `/api/tokens/${answers[0]?.json.id}`, { as })
      expect((await make(as, {})).status).toBe(201)
    })

    it('gives the first answer again under the same Idempotency-Key, the token in it, and makes one', async () => {
      const as = await service.tokenOf('member')
      const headers = { 'idempotency-key': crypto.randomUUID() }
      const first = await make(as, {}, headers)
      const again = await make(as, {}, headers)
      expect(again.json).toEqual(first.json)
      expect((await list(as)).json.items).toHaveLength(1)
      const kept = await service.app.database.db
        .select()
        .from(service.app.database.tables.idempotency)
      expect(JSON.stringify(kept)).not.toContain(first.json.token)
    })

    it('tells the audit log the name and the scopes, and not the token', async () => {
      const { id, token } = await tokenOf(member, { name: 'audited', scopes: ['specs:write'] })
      await call('DELETE', `/api/tokens/${id}`, { as: member })
      const { db, tables } = service.app.database
      const rows = (await db.select().from(tables.audit)).filter(({ objectId }) => objectId === id)
      expect(rows.map(({ action, objectName }) => [action, objectName])).toEqual([
        ['token.create', 'audited'],
        ['token.delete', 'audited'],
      ])
      expect(rows[0]?.details).toMatchObject({ scopes: 'specs:write' })
      expect(JSON.stringify(rows)).not.toContain(token.slice(7))
    })
  })

  describe('GET /api/tokens', () => {
    it('lists those of the caller alone, the oldest first, also what is over', async () => {
      const as = await service.tokenOf('member')
      const [first, second] = [await tokenOf(as, { name: '1' }), await tokenOf(as, { name: '2' })]
      await alter('apiTokens', first.id, { expiresAt: '2020-01-01T00:00:00.000Z' })
      const { items } = (await list(as)).json
      expect(items.map(({ id }: { id: string }) => id)).toEqual([first.id, second.id])
      expect(Object.keys(items[0]).toSorted()).toEqual(
        ['createdAt', 'expiresAt', 'id', 'lastUsedAt', 'name', 'scopes'].toSorted(),
      )
    })

    it('says when each was last used, written at most once a minute (security 3.1.3)', async () => {
      const as = await service.tokenOf('member')
      const { id, token } = await tokenOf(as)
      const { tables, db, unitOfWork } = service.app.database
      const useOf = async () =>
        (await db.select().from(tables.tokenUses).where(eq(tables.tokenUses.id, id)))[0]
      await Promise.all(Array.from({ length: 10 }, () => me(token)))
      await expect.poll(async () => (await list(as)).json.items[0].lastUsedAt).not.toBeNull()
      const first = await useOf()
      await me(token)
      await call('GET', '/api/me', { as: token })
      expect(await useOf()).toEqual(first)
      await unitOfWork({}, async (tx) => {
        const usedAt = new Date(Date.now() - 61_000).toISOString()
        await tx.update(tables.tokenUses).set({ usedAt }).where(eq(tables.tokenUses.id, id))
      })
      await me(token)
      await expect
        .poll(async () => Date.now() - Date.parse((await useOf())?.usedAt ?? ''))
        .toBeLessThan(30_000)
    })
  })

  describe('DELETE /api/tokens/:id', () => {
    it('ends a token on the next request of every instance (security 3.1.2)', async () => {
      const { id, token } = await tokenOf(member)
      expect((await me(token)).status).toBe(200)
      expect((await call('DELETE', `/api/tokens/${id}`, { as: member })).status).toBe(204)
      expect((await me(token)).status).toBe(401)
      expect((await call('DELETE', `/api/tokens/${id}`, { as: member })).status).toBe(404)
    })

    it('knows nothing of others’ tokens, whatever the role (security 3.3)', async () => {
      const { id, token } = await tokenOf(member)
      for (const as of [await service.tokenOf('member'), admin]) {
        const foreign = await call('DELETE', `/api/tokens/${id}`, { as })
        const missing = await call('DELETE', '/api/tokens/nothing', { as })
        expect([foreign.status, foreign.json.code]).toEqual([404, 'token_not_found'])
        expect(missing.json.code).toBe('token_not_found')
      }
      expect((await me(token)).status).toBe(200)
    })
  })

  describe('a token', () => {
    it('that is over opens nothing, on any instance (security 3.1.2)', async () => {
      const { id, token } = await tokenOf(member)
      expect((await me(token)).status).toBe(200)
      await alter('apiTokens', id, { expiresAt: '2020-01-01T00:00:00.000Z' })
      expect((await me(token)).status).toBe(401)
    })

    it('of a user who is disabled opens nothing, on any instance (security 3.1.2)', async () => {
      const as = await service.tokenOf('member')
      const { id } = (await me(as)).json
      const { token } = await tokenOf(as)
      await alter('users', id, { status: 'disabled' })
      for (const one of [as, token]) expect((await me(one)).status).toBe(401)
    })

    it('may no more than its owner may at that time (security 3.3)', async () => {
      const as = await service.tokenOf('admin')
      const { id } = (await me(as)).json
      const { token } = await tokenOf(as, { scopes: ['announcements:write', 'backup:read'] })
      const publish = () =>
        other('POST', '/api/announcements', { as: token, body: { title: 't', body: '' } })
      expect((await publish()).status).toBe(201)
      expect((await other('GET', '/api/export', { as: token })).status).toBe(200)
      await alter('users', id, { role: 'editor' })
      expect((await other('GET', '/api/export', { as: token })).status).toBe(403)
      expect((await publish()).status).toBe(201)
      await alter('users', id, { role: 'member' })
      const refused = await other('POST', '/api/announcements', { as: token })
      expect([refused.status, refused.json.code]).toEqual([403, 'forbidden'])
    })

    it('is good for its scopes alone', async () => {
      const { token } = await tokenOf(admin, { scopes: ['specs:read'] })
      const refused = await other('GET', '/api/export', { as: token })
      expect([refused.status, refused.json.code]).toEqual([403, 'missing_scope'])
    })

    it('does nothing that only a person does', async () => {
      const { id, token } = await tokenOf(admin, { scopes })
      const routes = [
        ['POST', '/api/auth/logout'],
        ['PATCH', '/api/me'],
        ['POST', '/api/me/password'],
        ['GET', '/api/me/sessions'],
        ['DELETE', '/api/me/sessions/any'],
        ['GET', '/api/tokens'],
        ['POST', '/api/tokens'],
        ['DELETE', `/api/tokens/${id}`],
      ] as const
      for (const [method, url] of routes) {
        const answer = await call(method, url, { as: token })
        expect([method, url, answer.status]).toEqual([method, url, 403])
      }
      expect((await me(token)).status).toBe(200)
    })
  })
})
