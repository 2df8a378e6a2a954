import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../../support/databases.ts'
import { password, startInstance, startService, type Service } from '../../support/service.ts'

describe.each(databases)('the own sessions on $engine', ({ create }) => {
  let service: Service
  let call: Service['call']
  let other: Service['call']

  beforeAll(async () => {
    service = await startService(create)
    call = service.call
    other = (await startInstance(service.url)).call
  })

  const list = (as: string | undefined, query = '') =>
    call('GET', `/api/me/sessions${query}`, { as })
  const end = (as: string | undefined, id: string) =>
    call('DELETE', `/api/me/sessions/${id}`, { as })

  describe('GET /api/me/sessions', () => {
    it('lists those of the caller, the newest first, and marks the one of the request', async () => {
      const first = await service.tokenOf('member', 'ada')
      await call('POST', '/api/auth/login', {
        body: { username: 'ada', password },
        headers: { 'user-agent': `Mozilla/5.0 ${'x'.repeat(300)}` },
      })
      const answer = await list(first)
      expect(answer.json).toEqual({
        items: [
          {
            id: expect.any(String),
            createdAt: expect.any(String),
            usedAt: expect.any(String),
            expiresAt: expect.any(String),
            address: '127.0.0.1',
            client: `Mozilla/5.0 ${'x'.repeat(188)}`,
            current: false,
          },
          expect.objectContaining({ current: true, client: expect.any(String) }),
        ],
        nextCursor: null,
      })
      expect(answer.text).not.toMatch(/hf_|hash/i)
      expect(answer.headers['cache-control']).toBe('no-store')
    })

    it('leaves out what is over or idle', async () => {
      const as = await service.tokenOf('member', 'grace')
      const past = '2020-01-01T00:00:00.000Z'
      const { sessions } = service.app.database.tables
      for (const change of [{ expiresAt: past }, { usedAt: past }]) {
        const token = await service.login('grace')
        const mine = (await list(token)).json.items.find(
          ({ current }: { current: boolean }) => current,
        )
        await service.app.database.unitOfWork({}, async (tx) => {
          await tx.update(sessions).set(change).where(eq(sessions.id, mine.id))
        })
      }
      expect((await list(as)).json.items).toHaveLength(1)
    })

    it('gives every one exactly once, page by page', async () => {
      const as = await service.tokenOf('member', 'paged')
      for (let i = 0; i < 4; i++) await service.login('paged')
      const whole = (await list(as, '?limit=1000')).json.items
      expect(whole).toHaveLength(5)
      const seen: unknown[] = []
      let query: string | null = '?limit=2'
      while (query !== null) {
        const page = await list(as, query)
        seen.push(...page.json.items)
        const link = /<\/api\/me\/sessions(.*)>; rel="next"/.exec(page.headers.link ?? '')
        expect(page.json.nextCursor === null).toBe(link === null)
        query = link?.[1] ?? null
      }
      expect(seen).toEqual(whole)
    })

    it.each(['limit=0', 'limit=1001', 'cursor=xxxx', 'userId=x'])('refuses ?%s', async (query) => {
      expect((await list(await service.login(), `?${query}`)).status).toBe(400)
    })
  })

  describe('DELETE /api/me/sessions/:id', () => {
    it('ends one session on the next request of every instance (security 3.1.2)', async () => {
      const mine = await service.tokenOf('member', 'two')
      const lost = await service.login('two')
      const { items } = (await list(mine)).json
      const { id } = items.find(({ current }: { current: boolean }) => !current)
      expect((await end(mine, id)).status).toBe(204)
      expect((await other('GET', '/api/me', { as: lost })).status).toBe(401)
      expect((await other('GET', '/api/me', { as: mine })).status).toBe(200)
      expect((await end(mine, id)).status).toBe(404)
    })

    it('ends the own one, too', async () => {
      const mine = await service.tokenOf('member')
      const [{ id }] = (await list(mine)).json.items
      expect((await end(mine, id)).status).toBe(204)
      expect((await other('GET', '/api/me', { as: mine })).status).toBe(401)
    })

    it('knows nothing of others’ sessions, whatever the role (security 3.3)', async () => {
      const mine = await service.tokenOf('member')
      const [{ id }] = (await list(mine)).json.items
      for (const as of [await service.tokenOf('member'), await service.login()]) {
        const foreign = await end(as, id)
        const missing = await end(as, 'nothing')
        expect([foreign.status, foreign.json.code]).toEqual([404, 'session_not_found'])
        expect({ ...foreign.json, requestId: '', instance: '' }).toEqual({
          ...missing.json,
          requestId: '',
          instance: '',
        })
      }
      expect((await call('GET', '/api/me', { as: mine })).status).toBe(200)
    })
  })

  it('are nothing for guests, nor for API tokens', async () => {
    const as = await service.tokenOf('member')
    const body = { name: 't', scopes: ['specs:read'] }
    const { token } = (await call('POST', '/api/tokens', { as, body })).json
    const [{ id }] = (await list(as)).json.items
    expect((await list(undefined)).status).toBe(401)
    expect((await list(token)).status).toBe(403)
    expect((await end(undefined, id)).status).toBe(401)
    expect((await end(token, id)).status).toBe(403)
  })
})
