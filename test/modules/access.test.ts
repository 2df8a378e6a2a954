import { beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../support/databases.ts'
import { password, startService, type Service } from '../support/service.ts'

describe.each(databases)('access on $engine', ({ create }) => {
  let service: Service
  let call: Service['call']
  let admin: string

  beforeAll(async () => {
    service = await startService(create)
    call = service.call
    admin = await service.login()
  })

  describe('POST /api/auth/login', () => {
    const login = (body: object) => call('POST', '/api/auth/login', { body })

    it('gives a token that opens what its user may do, and no hash', async () => {
      const answer = await login({ username: '  ADMIN ', password })
      expect(answer.status).toBe(200)
      expect(answer.json.token).toMatch(/^hf_[A-Za-z0-9_-]{43}$/)
      expect(Date.parse(answer.json.expiresAt)).toBeGreaterThan(Date.now() + 29 * 86_400_000)
      expect(answer.json.user).toMatchObject({ username: 'admin', role: 'admin', status: 'active' })
      expect(answer.text).not.toMatch(/argon2|hash/i)
      expect(answer.headers['cache-control']).toBe('no-store')
      expect((await call('GET', '/api/me', { as: answer.json.token })).status).toBe(200)
    })

    it('keeps only the hash of the token', async () => {
      const { json } = await login({ username: 'admin', password })
      const rows = await service.app.database.db.select().from(service.app.database.tables.sessions)
      expect(JSON.stringify(rows)).not.toContain(json.token)
      expect(JSON.stringify(rows)).not.toContain(json.token.slice(3))
    })

    it('lets go of sessions that are over, a few at each login', async () => {
      const { db, tables, unitOfWork } = service.app.database
      const [user] = await db.select().from(tables.users)
      const past = '2020-01-01T00:00:00.000Z'
      await unitOfWork({}, async (tx) => {
        for (const id of ['over-1', 'over-2']) {
          const times = { createdAt: past, usedAt: past, expiresAt: past }
          await tx
            .insert(tables.sessions)
            .values({ id, userId: user?.id ?? '', tokenHash: id, ...times })
        }
      })
      const token = await service.login()
      const left = (await db.select().from(tables.sessions)).map(({ id }) => id)
      expect(left).not.toEqual(expect.arrayContaining(['over-1']))
      expect(left).not.toEqual(expect.arrayContaining(['over-2']))
      expect((await call('GET', '/api/me', { as: token })).status).toBe(200)
    })

    it('answers a wrong password, an unknown and a disabled user alike', async () => {
      const gone = await service.tokenOf('member', 'gone')
      const { users } = service.app.database.tables
      const { eq } = await import('drizzle-orm')
      await service.app.database.unitOfWork({}, async (tx) => {
        await tx.update(users).set({ status: 'disabled' }).where(eq(users.username, 'gone'))
      })
      const answers = [
        await login({ username: 'admin', password: 'not the password' }),
        await login({ username: 'nobody', password }),
        await login({ username: 'gone', password }),
      ]
      for (const answer of answers) {
        expect(answer.status).toBe(401)
        expect(answer.headers['www-authenticate']).toBe('Bearer')
        expect({ ...answer.json, requestId: '' }).toEqual({ ...answers[0]?.json, requestId: '' })
      }
      expect((await call('GET', '/api/me', { as: gone })).status).toBe(401)
    })

    it.each([
      [{ username: 'admin' }, 400],
      [{ username: 'admin', password, extra: 1 }, 400],
      [{ username: ['admin'], password }, 400],
      [{ username: 'admin', password: 'x'.repeat(513) }, 400],
    ])('refuses the body %j', async (body, status) => {
      expect((await login(body)).status).toBe(status)
    })
  })

  describe('POST /api/auth/logout', () => {
    it('ends the session at once, and only that one', async () => {
      const [one, other] = [await service.login(), await service.login()]
      expect((await call('POST', '/api/auth/logout', { as: one })).status).toBe(204)
      expect((await call('GET', '/api/me', { as: one })).status).toBe(401)
      expect((await call('GET', '/api/me', { as: other })).status).toBe(200)
    })
  })

  describe('GET /api/me', () => {
    it('answers who the caller is, to be kept by nobody', async () => {
      const answer = await call('GET', '/api/me', { as: admin })
      expect(Object.keys(answer.json).toSorted()).toEqual(
        ['createdAt', 'email', 'id', 'quota', 'role', 'status', 'updatedAt', 'username'].toSorted(),
      )
      expect(answer.headers['cache-control']).toBe('no-store')
    })

    it.each([
      ['no token', undefined],
      ['an empty one', 'Bearer '],
      ['another scheme', 'Basic YWRtaW46YWRtaW4='],
      ['a malformed one', 'Bearer nonsense'],
      ['one of the right shape', `Bearer hf_${'A'.repeat(43)}`],
    ])('answers %s with 401', async (_what, authorization) => {
      const headers = authorization === undefined ? {} : { authorization }
      const answer = await call('GET', '/api/me', { headers })
      expect([answer.status, answer.json.code]).toEqual([401, 'unauthorized'])
      expect(answer.headers['www-authenticate']).toBe('Bearer')
    })

    it('never takes a bad token for a guest, where guests may come', async () => {
      const as = `hf_${'A'.repeat(43)}`
      expect((await call('GET', '/api/announcements')).status).toBe(200)
      expect((await call('GET', '/api/announcements', { as })).status).toBe(401)
    })

    it('refuses a session that is over, and one that was idle for a day', async () => {
      const { sessions } = service.app.database.tables
      const past = '2020-01-01T00:00:00.000Z'
      for (const change of [{ expiresAt: past }, { usedAt: past }]) {
        const token = await service.tokenOf('member')
        const { json } = await call('GET', '/api/me', { as: token })
        const { eq } = await import('drizzle-orm')
        await service.app.database.unitOfWork({}, async (tx) => {
          await tx.update(sessions).set(change).where(eq(sessions.userId, json.id))
        })
        expect((await call('GET', '/api/me', { as: token })).status).toBe(401)
      }
    })
  })

  describe('POST /api/users', () => {
    const make = (body: object, as = admin) => call('POST', '/api/users', { as, body })

    it('lets an administrator make a user, folded, who can log in', async () => {
      const answer = await make({ username: 'Ada', password, email: 'Ada@Example.org' })
      expect(answer.status).toBe(201)
      expect(answer.json).toMatchObject({
        username: 'ada',
        email: 'ada@example.org',
        role: 'member',
        status: 'active',
      })
      expect(answer.text).not.toMatch(/argon2|hash|password/i)
      expect(await service.login('ada')).toMatch(/^hf_/)
    })

    it.each(['member', 'editor'] as const)('refuses it to a %s', async (role) => {
      const token = await service.tokenOf(role)
      expect((await make({ username: 'eve', password }, token)).status).toBe(403)
    })

    it('refuses a name or an address that is taken', async () => {
      const one = { username: 'grace', password, email: 'grace@example.org' }
      expect((await make(one)).status).toBe(201)
      const name = await make({ username: 'GRACE', password })
      expect([name.status, name.json.code]).toEqual([409, 'username_taken'])
      const email = await make({ ...one, username: 'grace2', email: 'GRACE@example.org' })
      expect([email.status, email.json.code]).toEqual([409, 'email_taken'])
    })

    it('makes one user of ten that want the same name at once', async () => {
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => make({ username: 'same', password })),
      )
      const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b)
      expect(statuses).toEqual([201, ...Array.from({ length: 9 }, () => 409)])
    })

    it.each([
      [{ username: 'a b', password }],
      [{ username: 'x', password }],
      [{ username: 'übung', password }],
      [{ username: 'short', password: 'elevenchars' }],
      [{ username: 'long', password: 'x'.repeat(129) }],
      [{ username: 'mail', password, email: 'nonsense' }],
      [{ username: 'role', password, role: 'owner' }],
      [{ username: 'given', password, id: 'mine' }],
      [{ username: 'given', password, status: 'active' }],
      [{ username: 'given', password, passwordHash: 'x' }],
    ])('refuses %j', async (body) => {
      expect((await make(body)).status).toBe(400)
    })
  })

  describe('the first administrator', () => {
    it('comes from the environment, once, however many instances start', async () => {
      const rows = await service.app.database.db.select().from(service.app.database.tables.users)
      expect(rows.filter(({ username }) => username === 'admin')).toHaveLength(1)
    })
  })
})
