import { beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../../support/databases.ts'
import { clientOf, password, startApp, startService, type Service } from '../../support/service.ts'
import { peopleOf } from '../users/people.fixture.ts'

let names = 0
const nextName = () => `newcomer-${names++}`

describe.each(databases)('POST /api/auth/register on $engine', ({ create }) => {
  let service: Service
  let people: ReturnType<typeof peopleOf>
  let admin: string

  beforeAll(async () => {
    service = await startService(create)
    people = peopleOf(service.app)
    admin = (await people.make('admin')).token
  })

  const register = (body: object, call = service.call) =>
    call('POST', '/api/auth/register', { body: { username: nextName(), password, ...body } })

  async function invite(body: object, as = admin): Promise<{ id: string; token: string }> {
    const answer = await service.call('POST', '/api/invites', { as, body })
    expect(answer.status, answer.text).toBe(201)
    return answer.json
  }

  const refusal = { status: 410, json: { code: 'invite_invalid' } }

  describe('with an invite', () => {
    it('lets somebody in with its role, and tells the audit log', async () => {
      const { id, token } = await invite({ role: 'editor' })
      const answer = await register({ username: ' Grace ', invite: token })
      expect(answer.status, answer.text).toBe(201)
      expect(answer.json).toEqual({
        id: expect.any(String),
        username: 'grace',
        email: null,
        role: 'editor',
        status: 'active',
        createdAt: expect.any(String),
        updatedAt: expect.any(String),
      })
      expect(answer.headers['cache-control']).toBe('no-store')
      expect(answer.text).not.toMatch(/argon2|hash|hf_/i)
      expect(await service.login('grace')).toMatch(/^hf_/)
      const [row, ...others] = await people.auditOf(answer.json.id)
      expect(others).toEqual([])
      expect(row).toMatchObject({
        action: 'user.register',
        actorKind: 'guest',
        objectName: 'grace',
        details: { role: 'editor', invite: id },
      })
      expect(JSON.stringify(row)).not.toContain(token)
    })

    it('takes it once, and keeps nothing that opens again (security 3.6)', async () => {
      const { id, token } = await invite({ role: 'member' })
      const first = await register({ invite: token })
      expect(first.status).toBe(201)
      expect(await register({ invite: token })).toMatchObject(refusal)
      const row = await service.app.storage.invites.byId(id)
      expect(row).toMatchObject({
        tokenHash: null,
        usedBy: first.json.id,
        usedAt: expect.any(String),
      })
    })

    it('takes none that is over, withdrawn, unknown or of another kind, all alike (security 3.1.4, 3.6)', async () => {
      const { invites } = service.app.database.tables
      const { eq } = await import('drizzle-orm')
      const over = await invite({ role: 'member' })
      const past = '2020-01-01T00:00:00.000Z'
      await service.app.database.unitOfWork({}, async (tx) => {
        await tx
          .update(invites)
          .set({ createdAt: past, expiresAt: past })
          .where(eq(invites.id, over.id))
      })
      const withdrawn = await invite({ role: 'member' })
      await service.call('DELETE', `/api/invites/${withdrawn.id}`, { as: admin })
      const answers = [
        await register({ invite: over.token }),
        await register({ invite: withdrawn.token }),
        await register({ invite: `hf_invite_${'A'.repeat(43)}` }),
        await register({ invite: 'nonsense' }),
        await register({ invite: admin }),
      ]
      for (const answer of answers) {
        expect(answer).toMatchObject(refusal)
        expect({ ...answer.json, requestId: '' }).toEqual({ ...answers[0]?.json, requestId: '' })
      }
      for (const { token } of [over, withdrawn]) {
        expect((await service.call('GET', '/api/me', { as: token })).status).toBe(401)
      }
    })

    it.each([
      ['is a member by then', { role: 'member' as const }, 'member'],
      ['is an editor by then, who invites no editors', { role: 'editor' as const }, 'editor'],
      ['is disabled by then', { status: 'disabled' as const }, 'member'],
    ])('takes none whose inviter %s (security 3.6)', async (_what, changes, role) => {
      const inviter = await people.make('admin')
      const { token } = await invite({ role }, inviter.token)
      await people.set(inviter.id, changes)
      expect(await register({ invite: token })).toMatchObject(refusal)
      await people.set(inviter.id, { role: 'admin', status: 'active' })
      expect((await register({ invite: token })).status).toBe(201)
    })

    it('takes none whose inviter was deleted (security 3.6)', async () => {
      const inviter = await people.make('editor')
      const { token } = await invite({ role: 'member' }, inviter.token)
      expect((await service.call('DELETE', `/api/users/${inviter.id}`, { as: admin })).status).toBe(
        204,
      )
      expect(await register({ invite: token })).toMatchObject(refusal)
    })

    it('waits for whoever disables the inviter at that moment, and takes none then (security 3.6)', async () => {
      const inviter = await people.make('admin')
      const { token } = await invite({ role: 'member' }, inviter.token)
      const username = nextName()
      const [begun, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      const disabling = service.app.storage.unitOfWork(
        { alone: [['user', inviter.id]] },
        async (tx) => {
          await tx.users.update(inviter.id, { status: 'disabled' })
          begun.resolve()
          await held.promise
        },
      )
      await begun.promise
      // Whoever registers has looked at the invite, and hashed, when the other unit ends.
      setTimeout(held.resolve, 500)
      const [answer] = await Promise.all([register({ username, invite: token }), disabling])
      expect(answer).toMatchObject(refusal)
      expect(await service.app.storage.users.byUsername(username)).toBeUndefined()
    })

    it('for an e-mail address wants that one, or gives it (security 3.6)', async () => {
      const { token } = await invite({ role: 'member', email: 'Ada@Example.org' })
      expect(await register({ invite: token, email: 'eve@example.org' })).toMatchObject(refusal)
      const answer = await register({ invite: token })
      expect([answer.status, answer.json.email]).toEqual([201, 'ada@example.org'])
      const same = await invite({ role: 'member', email: 'bob@example.org' })
      const other = await register({ invite: same.token, email: ' BOB@example.ORG '.trim() })
      expect([other.status, other.json.email]).toEqual([201, 'bob@example.org'])
    })

    it('never touches an account that is there (security 3.6)', async () => {
      const there = await people.make('member', { email: 'there@example.org' })
      const { token } = await invite({ role: 'admin', email: 'there@example.org' })
      const byName = await register({ username: there.username.toUpperCase(), invite: token })
      expect([byName.status, byName.json.code]).toEqual([409, 'username_taken'])
      const byEmail = await register({ invite: token })
      expect([byEmail.status, byEmail.json.code]).toEqual([409, 'email_taken'])
      const { token: _, ...before } = there
      expect(await service.app.storage.users.byId(there.id)).toEqual(before)
      expect((await service.call('GET', '/api/me', { as: there.token })).status).toBe(200)
    })

    it('is not used up by a refusal', async () => {
      const { token } = await invite({ role: 'member' })
      expect((await register({ invite: token, username: 'admin' })).status).toBe(409)
      expect((await register({ invite: token, password: 'short' })).status).toBe(400)
      expect((await register({ invite: token })).status).toBe(201)
    })

    it('gives the first answer to a repetition under its Idempotency-Key', async () => {
      const { token } = await invite({ role: 'member' })
      const body = { username: nextName(), password, invite: token }
      const headers = { 'idempotency-key': crypto.randomUUID() }
      const send = () => service.call('POST', '/api/auth/register', { body, headers })
      const [first, second] = await Promise.all([send(), send()])
      const third = await send()
      expect([first?.status, second?.status, third.status]).toEqual([201, 201, 201])
      expect(third.json).toEqual(first?.json)
      expect(second?.json).toEqual(first?.json)
      expect(third.headers['idempotent-replayed']).toBe('true')
      const other = { ...body, username: nextName() }
      const reused = await service.call('POST', '/api/auth/register', { body: other, headers })
      expect(reused.status).toBe(422)
    })
  })

  describe('says by its mode who may come', () => {
    it('invite: nobody without one', async () => {
      const answer = await register({})
      expect([answer.status, answer.json.code]).toEqual([403, 'invite_required'])
    })

    it('closed: nobody, with an invite neither', async () => {
      const { token } = await invite({ role: 'member' })
      const app = await startApp({ DATABASE_URL: service.url, REGISTRATION: 'closed' })
      await app.started
      for (const body of [{}, { invite: token }]) {
        const answer = await register(body, clientOf(app).call)
        expect([answer.status, answer.json.code]).toEqual([403, 'registration_closed'])
      }
      expect((await register({ invite: token })).status).toBe(201)
    })

    it('open: anybody, as a member; an invite still gives its role, and a bad one nothing', async () => {
      const app = await startApp({ DATABASE_URL: service.url, REGISTRATION: 'open' })
      await app.started
      const { call } = clientOf(app)
      const answer = await register({ email: 'Open@Example.org' }, call)
      expect(answer.status, answer.text).toBe(201)
      expect(answer.json).toMatchObject({ role: 'member', email: 'open@example.org' })
      const { token } = await invite({ role: 'editor' })
      expect((await register({ invite: token }, call)).json.role).toBe('editor')
      expect(await register({ invite: token }, call)).toMatchObject(refusal)
    })
  })

  it.each([
    ['role', { role: 'admin' }],
    ['status', { status: 'active' }],
    ['id', { id: 'mine' }],
    ['userId', { userId: 'mine' }],
    ['passwordHash', { passwordHash: 'x' }],
    ['createdAt', { createdAt: '2020-01-01T00:00:00.000Z' }],
    ['quotaSpecs', { quotaSpecs: 1 }],
  ])('refuses a body with %s (security 3.1.9, 3.4)', async (field, extra) => {
    const { token } = await invite({ role: 'member' })
    const username = nextName()
    const answer = await register({ username, invite: token, ...extra })
    expect(answer.status).toBe(400)
    expect(answer.json.errors).toEqual([{ pointer: `/${field}`, detail: 'is not known here' }])
    expect(await service.app.storage.users.byUsername(username)).toBeUndefined()
  })

  it.each([
    [{ username: 'a b' }],
    [{ password: 'elevenchars' }],
    [{ password: undefined }],
    [{ email: 'nonsense' }],
    [{ invite: 7 }],
    [{ invite: '' }],
  ])('refuses %j', async (body) => {
    const { token } = await invite({ role: 'member' })
    expect((await register({ invite: token, ...body })).status).toBe(400)
  })

  it('counts attempts over all instances: by name, and by address (security 3.1.6)', async () => {
    const environment = { DATABASE_URL: service.url, RATE_LIMIT_LOGINS: '8' }
    const apps = await Promise.all([startApp(environment), startApp(environment)])
    await Promise.all(apps.map((app) => app.started))
    const [one, other] = apps.map((app) => clientOf(app).call)
    const username = nextName()
    for (const i of Array(5).keys()) {
      expect((await register({ username, invite: 'bad' }, i % 2 ? one : other)).status).toBe(410)
    }
    const { token } = await invite({ role: 'member' })
    for (const call of [one, other]) {
      const blocked = await register({ username, invite: token }, call)
      expect([blocked.status, blocked.json.code]).toEqual([429, 'too_many_attempts'])
      expect(Number(blocked.headers['retry-after'])).toBeGreaterThan(0)
    }
    const statuses: number[] = []
    for (const i of Array(4).keys()) {
      statuses.push((await register({ invite: 'bad' }, i % 2 ? one : other)).status)
    }
    expect(statuses).toEqual([410, 410, 410, 429])
  })

  it('answers a repetition before anything is counted or hashed, so that keys are no way around the limits (security 3.1.6)', async () => {
    const { url } = await create()
    const app = await startApp({
      DATABASE_URL: url,
      REGISTRATION: 'open',
      RATE_LIMIT_LOGINS: '1',
    })
    await app.started
    const headers = { 'idempotency-key': crypto.randomUUID() }
    const post = (body: object, given = {}) =>
      clientOf(app).call('POST', '/api/auth/register', { body, headers: given })
    const body = { username: nextName(), password }
    const other = { username: nextName(), password }
    const first = await post(body, headers)
    const again = await post(body, headers)
    expect([first.status, again.status, again.text]).toEqual([201, 201, first.text])
    expect(again.headers['idempotent-replayed']).toBe('true')
    expect((await post(other, headers)).json.code).toBe('idempotency_key_reused')
    expect((await post(other)).json.code).toBe('too_many_attempts')
  })
})
