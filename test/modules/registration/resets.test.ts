import { beforeAll, describe, expect, it } from 'vitest'
import { hashToken } from '../../../src/tokens.ts'
import { databases } from '../../support/databases.ts'
import {
  clientOf,
  startApp,
  startInstance,
  startService,
  type Service,
} from '../../support/service.ts'
import { trials } from '../../support/trials.ts'
import { countOf, peopleOf, times, type Person } from '../users/people.fixture.ts'

const another = 'another long passphrase 7'

describe.each(databases)('resets of passwords on $engine', ({ create }) => {
  let service: Service
  let call: Service['call']
  let people: ReturnType<typeof peopleOf>
  let admin: Person

  beforeAll(async () => {
    service = await startService(create)
    call = service.call
    people = peopleOf(service.app)
    admin = await people.make('admin')
  })

  const issue = (id: string, as: string | undefined = admin.token, headers = {}) =>
    call('POST', `/api/users/${id}/reset`, { as, headers })

  async function tokenFor({ id }: { id: string }): Promise<string> {
    const answer = await issue(id)
    expect(answer.status, answer.text).toBe(201)
    return answer.json.token
  }

  const use = (token: string, password = another, headers = {}) =>
    call('POST', '/api/auth/reset', { body: { token, password }, headers })

  const isIn = async (token: string) => (await call('GET', '/api/me', { as: token })).status === 200

  const refusal = { status: 410, json: { code: 'reset_invalid' } }

  it('come from an administrator, for 30 minutes, and end sessions and resets of before (security 3.6)', async () => {
    const user = await people.make('member')
    const first = await tokenFor(user)
    expect(await isIn(user.token)).toBe(false)
    const answer = await issue(user.id)
    expect(answer.json).toEqual({
      token: expect.stringMatching(/^hf_reset_[A-Za-z0-9_-]{43}$/),
      expiresAt: expect.any(String),
    })
    const lastsMs = Date.parse(answer.json.expiresAt) - Date.now()
    expect(lastsMs).toBeGreaterThan(29 * 60_000)
    expect(lastsMs).toBeLessThanOrEqual(30 * 60_000)
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(await use(first)).toMatchObject(refusal)
    expect((await use(answer.json.token)).status).toBe(204)
    const rows = await people.auditOf(user.id)
    expect(rows.map(({ action, actorKind }) => [action, actorKind])).toEqual([
      ['user.reset', 'user'],
      ['user.reset', 'user'],
      ['password.reset', 'guest'],
    ])
    expect(JSON.stringify(rows)).not.toMatch(/hf_reset_|argon2|passphrase/)
  })

  it('set the password once, end every session, and keep only the hash (security 3.1.2, 3.6)', async () => {
    const user = await people.make('editor')
    const token = await tokenFor(user)
    const sessions = [await people.sessionOf(user), await people.sessionOf(user)]
    const rows = await service.app.database.db.select().from(service.app.database.tables.resets)
    expect(rows.some(({ tokenHash }) => tokenHash === hashToken(token))).toBe(true)
    expect(JSON.stringify(rows)).not.toContain(token.slice(-43))

    const answer = await use(token)
    expect([answer.status, answer.text]).toEqual([204, ''])
    const second = await startInstance(service.url)
    for (const session of sessions) {
      const { status } = await second.call('GET', '/api/me', { as: session })
      expect(status).toBe(401)
    }
    expect(await use(token)).toMatchObject(refusal)
    await expect(service.login(user.username)).rejects.toThrow('401')
    expect(await service.login(user.username, another)).toMatch(/^hf_/)
  })

  it('let in at once who failed too often before, or was failed at by others', async () => {
    const user = await people.make('member')
    const fail = () =>
      call('POST', '/api/auth/login', { body: { username: user.username, password: 'not this' } })
    const current = { current: 'not this', new: another }
    for (let i = 0; i < 5; i++) {
      expect((await fail()).status).toBe(401)
      const change = await call('POST', '/api/me/password', { as: user.token, body: current })
      expect(change.json.code).toBe('wrong_password')
    }
    await expect(service.login(user.username)).rejects.toThrow('429')
    const token = await tokenFor(user)
    await expect(service.login(user.username)).rejects.toThrow('429')
    expect((await use(token)).status).toBe(204)

    const session = await service.login(user.username, another)
    const change = await call('POST', '/api/me/password', { as: session, body: current })
    expect([change.status, change.json.code]).toEqual([403, 'wrong_password'])
    expect((await fail()).status).toBe(401)
  })

  it('are good for nothing else, nor anything else for them (security 3.1.4)', async () => {
    const user = await people.make('admin')
    const token = await tokenFor(user)
    expect(await isIn(token)).toBe(false)
    const body = { username: 'by-reset', password: another, invite: token }
    expect((await call('POST', '/api/auth/register', { body })).status).toBe(410)
    const invite = await call('POST', '/api/invites', { as: admin.token, body: { role: 'member' } })
    const api = await people.apiTokenOf(user, ['users:manage'])
    const session = await people.sessionOf(user)
    for (const other of [invite.json.token, api, session, 'nonsense']) {
      expect(await use(other)).toMatchObject(refusal)
    }
    expect((await use(token)).status).toBe(204)
  })

  it('are over after their time, and with their user disabled or deleted, all alike (security 3.6)', async () => {
    const [late, disabled, deleted] = [
      await people.make('member'),
      await people.make('member'),
      await people.make('member'),
    ]
    const tokens = [await tokenFor(late), await tokenFor(disabled), await tokenFor(deleted)]
    const { resets } = service.app.database.tables
    const { eq } = await import('drizzle-orm')
    await service.app.database.unitOfWork({}, async (tx) => {
      const expiresAt = new Date(Date.now() - 1).toISOString()
      await tx.update(resets).set({ expiresAt }).where(eq(resets.userId, late.id))
    })
    await call('PATCH', `/api/users/${disabled.id}`, {
      as: admin.token,
      body: { status: 'disabled' },
    })
    await call('DELETE', `/api/users/${deleted.id}`, { as: admin.token })
    const answers = await Promise.all([...tokens, `hf_reset_${'A'.repeat(43)}`].map((t) => use(t)))
    for (const answer of answers) {
      expect(answer).toMatchObject(refusal)
      expect({ ...answer.json, requestId: '' }).toEqual({ ...answers[0]?.json, requestId: '' })
    }
  })

  it('of a disabled user are not made', async () => {
    const user = await people.make('member', { status: 'disabled' })
    const answer = await issue(user.id)
    expect([answer.status, answer.json.code]).toEqual([409, 'user_disabled'])
  })

  it('are for administrators to make', async () => {
    const user = await people.make('member')
    const editor = await people.make('editor')
    expect((await issue(user.id, user.token)).status).toBe(403)
    expect((await issue(user.id, editor.token)).status).toBe(403)
    expect((await call('POST', `/api/users/${user.id}/reset`)).status).toBe(401)
    expect((await issue('nonexistent')).status).toBe(404)
  })

  it('name a place only where PUBLIC_URL is known, whatever the Host (security 3.6)', async () => {
    const user = await people.make('member')
    const host = { host: 'evil.example', 'x-forwarded-host': 'evil.example' }
    expect((await issue(user.id, admin.token, host)).text).not.toMatch(/evil|link/)
    const app = await startApp({ DATABASE_URL: service.url, PUBLIC_URL: 'https://specs.example' })
    await app.started
    const { json } = await clientOf(app).call('POST', `/api/users/${user.id}/reset`, {
      as: admin.token,
      headers: host,
    })
    expect(json.link).toBe(`https://specs.example/reset#${json.token}`)
  })

  it('are not used up by a password that is refused', async () => {
    const user = await people.make('member')
    const token = await tokenFor(user)
    for (const bad of ['short', 'x'.repeat(129)]) expect((await use(token, bad)).status).toBe(400)
    const extra = { token, password: another, username: 'admin' }
    expect((await call('POST', '/api/auth/reset', { body: extra })).status).toBe(400)
    expect((await use(token)).status).toBe(204)
  })

  it('repeated under an Idempotency-Key answer as at first', async () => {
    const user = await people.make('member')
    const token = await tokenFor(user)
    const headers = { 'idempotency-key': crypto.randomUUID() }
    const answers = [await use(token, another, headers), await use(token, another, headers)]
    expect(answers.map(({ status }) => status)).toEqual([204, 204])
    expect(await use(token)).toMatchObject(refusal)
  })

  it('are used up once by the conditional write alone, without a lock', async () => {
    const user = await people.make('member')
    const hash = hashToken(await tokenFor(user))
    const { storage } = service.app
    const taken = await times(20, () =>
      storage.unitOfWork({}, (tx) => tx.resets.take(hash, new Date().toISOString())),
    )
    expect(taken.filter(Boolean)).toHaveLength(1)
  })

  it('set one password of many that come at once, over two instances', async () => {
    const second = await startInstance(service.url)
    const calls = [call, second.call]
    for (const round of Array(trials(2)).keys()) {
      const user = await people.make('member')
      const token = await tokenFor(user)
      const passwords = Array.from({ length: 10 }, (_, i) => `passphrase ${round} number ${i}`)
      const answers = await times(10, (i) =>
        calls[i % 2]!('POST', '/api/auth/reset', { body: { token, password: passwords[i] } }),
      )
      expect(countOf(answers.map(({ status }) => status))).toEqual({ 204: 1, 410: 9 })
      const winner = passwords[answers.findIndex(({ status }) => status === 204)]
      expect(await service.login(user.username, winner)).toMatch(/^hf_/)
    }
  })
})
