import { beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../../support/databases.ts'
import { clientOf, password, startApp, startService, type Service } from '../../support/service.ts'
import { trials } from '../../support/trials.ts'
import { letPass } from '../../limits/attempts.fixture.ts'

const another = 'quite another long phrase'
const wrong = 'not the password at all'

describe.each(databases)('POST /api/me/password on $engine', ({ create }) => {
  let service: Service
  let call: Service['call']
  let other: Service

  beforeAll(async () => {
    service = await startService(create)
    call = service.call
    const app = await startApp({ DATABASE_URL: service.url })
    await app.started
    other = { ...service, app, ...clientOf(app) }
  })

  const change = (as: string | undefined, body: object, headers = {}) =>
    call('POST', '/api/me/password', { as, body, headers })
  const statusOf = async (as: string) => (await other.call('GET', '/api/me', { as })).status
  const login = (username: string, secret: string) =>
    other.call('POST', '/api/auth/login', { body: { username, password: secret } })

  it('gives another password, and ends all other sessions on every instance (security 3.1.2)', async () => {
    const mine = await service.tokenOf('member', 'ada')
    const others = [await service.login('ada'), await other.login('ada')]
    const stranger = await service.login()
    const answer = await change(mine, { current: password, new: another })
    expect([answer.status, answer.text]).toEqual([204, ''])
    expect(await statusOf(mine)).toBe(200)
    for (const token of others) expect(await statusOf(token)).toBe(401)
    expect(await statusOf(stranger)).toBe(200)
    expect((await login('ada', password)).status).toBe(401)
    expect((await login('ada', another)).status).toBe(200)
  })

  it('leaves API tokens, and no link for a new password', async () => {
    const as = await service.tokenOf('member', 'linked')
    const { id } = (await call('GET', '/api/me', { as })).json
    const body = { name: 'stays', scopes: ['specs:read'] }
    const { token } = (await call('POST', '/api/tokens', { as, body })).json
    const { tables, unitOfWork, db } = service.app.database
    const times = { createdAt: '2026-01-01T00:00:00.000Z', expiresAt: '2099-01-01T00:00:00.000Z' }
    await unitOfWork({}, async (tx) => {
      await tx.insert(tables.resets).values({ id: 'r', userId: id, tokenHash: 'h', ...times })
    })
    expect((await change(as, { current: password, new: another })).status).toBe(204)
    expect(await db.select().from(tables.resets)).toEqual([])
    expect(await statusOf(token)).toBe(200)
  })

  const timeout = 30_000 + trials(3) * 5000
  it('lets no login with the old password outlive it, however close', { timeout }, async () => {
    for (let i = 0; i < trials(3); i++) {
      const username = `close-${i}`
      const mine = await service.tokenOf('member', username)
      const logins = Array.from({ length: 6 }, () => login(username, password))
      const [changed, ...answers] = await Promise.all([
        change(mine, { current: password, new: another }),
        ...logins,
      ])
      expect(changed.status).toBe(204)
      const tokens = answers.filter(({ status }) => status === 200).map(({ json }) => json.token)
      for (const token of tokens) expect(await statusOf(token)).toBe(401)
      expect(await statusOf(mine)).toBe(200)
    }
  })

  it('wants the current password, and counts wrong ones by themselves (security 3.1.6)', async () => {
    const mine = await service.tokenOf('member', 'counted')
    for (let i = 0; i < 5; i++) {
      const answer = await (i % 2 ? service : other).call('POST', '/api/me/password', {
        as: mine,
        body: { current: wrong, new: another },
      })
      expect([answer.status, answer.json.code]).toEqual([403, 'wrong_password'])
    }
    const refused = await change(mine, { current: password, new: another })
    expect([refused.status, refused.json.code]).toEqual([429, 'too_many_attempts'])
    expect(refused.headers['retry-after']).toBeDefined()
    expect(await statusOf(mine)).toBe(200)
    expect((await login('counted', password)).status).toBe(200)
    await letPass(service.app, 60_000)
    expect((await change(mine, { current: password, new: another })).status).toBe(204)
  })

  it('writes who failed and who changed it to the audit log, without any password', async () => {
    const mine = await service.tokenOf('member', 'audited')
    await service.login('audited')
    await change(mine, { current: wrong, new: another })
    await change(mine, { current: password, new: another })
    const { db, tables } = service.app.database
    const rows = (await db.select().from(tables.audit)).filter(
      ({ action, objectName }) => action === 'password.change' && objectName === 'audited',
    )
    expect(rows.map(({ outcome, details }) => [outcome, details])).toEqual([
      ['refused', {}],
      ['done', { sessionsEnded: 1 }],
    ])
    for (const secret of [wrong, another, password, 'argon2'])
      expect(JSON.stringify(rows)).not.toContain(secret)
  })

  it.each([
    ['short', 'elevenchars', 'invalid_request'],
    ['long', 'x'.repeat(129), 'invalid_request'],
    ['common', 'password1234', 'common_password'],
    ['made of his name', 'context-user-1', 'common_password'],
    ['made of his address', 'Lovelace2026', 'common_password'],
  ])(
    'refuses a new one that is %s, and keeps the old (security 3.2)',
    async (_what, secret, code) => {
      const mine = await service
        .login('context-user')
        .catch(() => service.tokenOf('member', 'context-user'))
      await call('PATCH', '/api/me', { as: mine, body: { email: 'lovelace@example.org' } })
      const answer = await change(mine, { current: password, new: secret })
      expect([answer.status, answer.json.code]).toEqual([400, code])
      expect((await login('context-user', password)).status).toBe(200)
      await letPass(service.app, 3600_000)
    },
  )

  it('takes a password exactly as it comes: blanks, accents, neither composed nor cut (security 3.2)', async () => {
    const mine = await service.tokenOf('member', 'exact')
    const secret = `  e\u0301tude pour main gauche ${'n°'.repeat(40)}  `
    expect((await change(mine, { current: password, new: secret })).status).toBe(204)
    for (const near of [
      secret.trim(),
      secret.normalize('NFC'),
      secret.slice(0, 72),
      secret.toUpperCase(),
    ])
      expect((await login('exact', near)).status).toBe(401)
    expect((await login('exact', secret)).status).toBe(200)
  })

  it('tells no more by an Idempotency-Key that was used for something else', async () => {
    const mine = await service.tokenOf('member', 'keyed')
    const headers = { 'idempotency-key': crypto.randomUUID() }
    await call('PATCH', '/api/me', { as: mine, body: { email: null }, headers })
    for (const current of [password, 'a wrong one of the right length']) {
      const answer = await change(mine, { current, new: another }, headers)
      expect([answer.status, answer.json.code]).toEqual([422, 'idempotency_key_reused'])
    }
    expect((await login('keyed', password)).status).toBe(200)
  })

  it('is nothing for guests, nor for API tokens', async () => {
    const as = await service.tokenOf('member')
    const body = { name: 't', scopes: ['specs:write'] }
    const { token } = (await call('POST', '/api/tokens', { as, body })).json
    expect((await call('POST', '/api/me/password')).status).toBe(401)
    const refused = await call('POST', '/api/me/password', { as: token })
    expect([refused.status, refused.json.code]).toEqual([403, 'session_required'])
  })

  it.each([[{}], [{ current: password }], [{ current: password, new: another, userId: 'x' }]])(
    'refuses the body %j (security 3.1.9)',
    async (body) => {
      expect((await change(await service.tokenOf('member'), body)).status).toBe(400)
    },
  )
})
