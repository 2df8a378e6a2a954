import { beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../../support/databases.ts'
import { startService, type Service } from '../../support/service.ts'

describe.each(databases)('the own account on $engine', ({ create }) => {
  let service: Service
  let call: Service['call']
  let member: string

  beforeAll(async () => {
    service = await startService(create, { QUOTA_SPECS: '3', QUOTA_BYTES: '100000' })
    call = service.call
    member = await service.tokenOf('member', 'ada')
  })

  const patch = (as: string | undefined, body: object, headers = {}) =>
    call('PATCH', '/api/me', { as, body, headers })

  describe('GET /api/me', () => {
    it('answers who the caller is and what he has of his quota, to be kept by nobody', async () => {
      const answer = await call('GET', '/api/me', { as: member })
      expect(answer.json).toEqual({
        id: expect.any(String),
        username: 'ada',
        email: null,
        role: 'member',
        status: 'active',
        createdAt: expect.any(String),
        updatedAt: expect.any(String),
        quota: { specs: { used: 0, limit: 3 }, bytes: { used: 0, limit: 100_000 } },
      })
      expect(answer.headers['cache-control']).toBe('no-store')
      expect(answer.text).not.toMatch(/argon2|hash/i)
    })

    it('counts the specs that he owns, and the bytes of all their versions', async () => {
      const as = await service.tokenOf('member')
      const document = JSON.stringify({
        openapi: '3.1.0',
        info: { title: 'Counted', version: '1' },
        paths: {},
      })
      const headers = { 'content-type': 'application/json' }
      const made = await call('POST', '/api/specs?visibility=private', {
        as,
        body: document,
        headers,
      })
      expect(made.status, made.text).toBe(201)
      const { quota } = (await call('GET', '/api/me', { as })).json
      expect(quota.specs).toEqual({ used: 1, limit: 3 })
      expect(quota.bytes).toEqual({ used: Buffer.byteLength(document), limit: 100_000 })
    })

    it('says of others than members that they have no limit', async () => {
      const { quota } = (await call('GET', '/api/me', { as: await service.login() })).json
      expect([quota.specs.limit, quota.bytes.limit]).toEqual([null, null])
    })

    it.each([
      ['no token', undefined],
      ['an empty one', 'Bearer '],
      ['another scheme', 'Basic YWRtaW46YWRtaW4='],
      ['a malformed one', 'Bearer nonsense'],
      ['one of the right shape', `Bearer hf_${'A'.repeat(43)}`],
    ])('answers %s with 401 (security 3.1.8)', async (_what, authorization) => {
      const headers = authorization === undefined ? {} : { authorization }
      const answer = await call('GET', '/api/me', { headers })
      expect([answer.status, answer.json.code]).toEqual([401, 'unauthorized'])
      expect(answer.headers['www-authenticate']).toBe('Bearer')
    })
  })

  describe('PATCH /api/me', () => {
    it('changes the e-mail address, folded, and takes it away', async () => {
      const given = await patch(member, { email: 'Ada@Example.org' })
      expect(given.status, given.text).toBe(200)
      expect(given.json).toMatchObject({ username: 'ada', email: 'ada@example.org' })
      expect(given.json.quota.specs.limit).toBe(3)
      expect((await call('GET', '/api/me', { as: member })).json).toEqual(given.json)
      expect((await patch(member, { email: null })).json.email).toBeNull()
    })

    it('refuses an address that another has, and keeps his own', async () => {
      const other = await service.tokenOf('member')
      expect((await patch(member, { email: 'taken@example.org' })).status).toBe(200)
      const answer = await patch(other, { email: 'TAKEN@example.org' })
      expect([answer.status, answer.json.code]).toEqual([409, 'email_taken'])
      expect((await call('GET', '/api/me', { as: other })).json.email).toBeNull()
    })

    it.each([
      [{}],
      [{ username: 'grace' }],
      [{ email: 'a@example.org', role: 'admin' }],
      [{ email: 'a@example.org', status: 'active' }],
      [{ email: 'a@example.org', id: 'x' }],
      [{ email: 'a@example.org', quotaSpecs: 9 }],
      [{ email: 'nonsense' }],
      [{ email: 7 }],
      [{ passwordHash: 'x' }],
    ])('refuses %j (security 3.1.9)', async (body) => {
      expect((await patch(member, body)).status).toBe(400)
    })

    it('tells the audit log that it changed, and not to what', async () => {
      const as = await service.tokenOf('member', 'grace')
      await patch(as, { email: 'canary@example.org' })
      const { db, tables } = service.app.database
      const rows = (await db.select().from(tables.audit)).filter(
        ({ action, actorName }) => action === 'user.update_self' && actorName === 'grace',
      )
      expect(rows).toEqual([
        expect.objectContaining({ objectName: 'grace', details: { fields: 'email' } }),
      ])
      expect(JSON.stringify(rows)).not.toContain('canary')
    })

    it('is done once under an Idempotency-Key', async () => {
      const headers = { 'idempotency-key': crypto.randomUUID() }
      const first = await patch(member, { email: 'once@example.org' }, headers)
      await patch(member, { email: 'later@example.org' })
      const again = await patch(member, { email: 'once@example.org' }, headers)
      expect(again.json).toEqual(first.json)
      expect((await call('GET', '/api/me', { as: member })).json.email).toBe('later@example.org')
    })
  })
})
