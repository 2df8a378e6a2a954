import { createHash } from 'node:crypto'
import { hash } from '@node-rs/argon2'
import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../../support/databases.ts'
import { password, startInstance, startService, type Service } from '../../support/service.ts'

describe.each(databases)('logging in and out on $engine', ({ create }) => {
  let service: Service
  let call: Service['call']
  let other: Service['call']

  beforeAll(async () => {
    service = await startService(create)
    call = service.call
    other = (await startInstance(service.url)).call
  })

  const login = (body: object, options: { as?: string } = {}) =>
    call('POST', '/api/auth/login', { body, ...options })
  const me = (as: string) => other('GET', '/api/me', { as })
  const rowsOf = (table: 'sessions' | 'users' | 'audit') =>
    service.app.database.db.select().from(service.app.database.tables[table])
  const userOf = async (username: string) => {
    const user = await service.app.storage.users.byUsername(username)
    if (!user) throw new Error(`there is no user ${username}`)
    return user
  }

  describe('POST /api/auth/login', () => {
    it('gives a token of 256 random bits that opens what its user may do, and no hash (security 3.1.1)', async () => {
      const answer = await login({ username: '  ADMIN ', password })
      expect(answer.status).toBe(200)
      expect(answer.json.token).toMatch(/^hf_[A-Za-z0-9_-]{43}$/)
      expect(answer.json.user).toMatchObject({ username: 'admin', role: 'admin', status: 'active' })
      expect(answer.text).not.toMatch(/argon2|hash/i)
      expect(answer.headers['cache-control']).toBe('no-store')
      expect((await me(answer.json.token)).status).toBe(200)
    })

    it('keeps of the token only its SHA-256 (security 3.1.1)', async () => {
      const { json } = await login({ username: 'admin', password })
      const rows = await rowsOf('sessions')
      expect(JSON.stringify(rows)).not.toContain(json.token.slice(3))
      const digest = createHash('sha256').update(json.token).digest('hex')
      expect(rows).toContainEqual(expect.objectContaining({ tokenHash: digest }))
    })

    it('gives a session of 30 days (security 3.1.3)', async () => {
      const { json } = await login({ username: 'admin', password })
      const days = (Date.parse(json.expiresAt) - Date.now()) / 86_400_000
      expect(days).toBeGreaterThan(29.99)
      expect(days).toBeLessThanOrEqual(30)
    })

    it('ends the session of the same user whose token came along, and no other (security 3.1.3)', async () => {
      const former = await service.tokenOf('member', 'renewing')
      const elsewhere = await service.login('renewing')
      const ofAdmin = await service.login()
      const first = await login({ username: 'renewing', password }, { as: former })
      expect(first.json.token).not.toBe(former)
      expect((await me(former)).status).toBe(401)
      for (const alive of [first.json.token, elsewhere]) expect((await me(alive)).status).toBe(200)
      await login({ username: 'renewing', password }, { as: ofAdmin })
      expect((await me(ofAdmin)).status).toBe(200)
    })

    it('does not mind a token that is none: it is not what lets him in', async () => {
      expect((await login({ username: 'admin', password }, { as: 'nonsense' })).status).toBe(200)
    })

    it('lets go of sessions that are over, a few at each login', async () => {
      const { tables, unitOfWork } = service.app.database
      const { id: userId } = await userOf('admin')
      const past = '2020-01-01T00:00:00.000Z'
      const times = { createdAt: past, usedAt: past, expiresAt: past }
      await unitOfWork({}, async (tx) => {
        for (const id of ['over-1', 'over-2'])
          await tx.insert(tables.sessions).values({ id, userId, tokenHash: id, ...times })
      })
      await service.login()
      const left = JSON.stringify(await rowsOf('sessions'))
      expect(left).not.toMatch(/over-[12]/)
    })

    it('answers a wrong password, an unknown, a disabled and a password-less user alike (security 3.1.5)', async () => {
      const { users } = service.app.database.tables
      for (const [username, change] of [
        ['gone', { status: 'disabled' }],
        ['imported', { passwordHash: null }],
      ] as const) {
        await service.tokenOf('member', username)
        await service.app.database.unitOfWork({}, async (tx) => {
          await tx.update(users).set(change).where(eq(users.username, username))
        })
      }
      const answers = [
        await login({ username: 'admin', password: 'not the password' }),
        await login({ username: 'nobody', password }),
        await login({ username: 'gone', password }),
        await login({ username: 'imported', password }),
      ]
      for (const answer of answers) {
        expect([answer.status, answer.json.code]).toEqual([401, 'invalid_credentials'])
        expect(answer.headers['www-authenticate']).toBe('Bearer')
        expect({ ...answer.json, requestId: '' }).toEqual({ ...answers[0]?.json, requestId: '' })
        expect(Object.keys(answer.headers).toSorted()).toEqual(
          Object.keys(answers[0]?.headers ?? {}).toSorted(),
        )
      }
    })

    it('tells the audit log who logged in, and by which session', async () => {
      const token = await service.tokenOf('member', 'noted')
      const { json } = await call('GET', '/api/me/sessions', { as: token })
      const rows = (await rowsOf('audit')) as { actorName: string | null }[]
      expect(rows.filter(({ actorName }) => actorName === 'noted')).toEqual([
        expect.objectContaining({
          action: 'session.create',
          outcome: 'done',
          actorKind: 'user',
          credentialId: json.items[0].id,
        }),
      ])
    })

    it('hashes a password anew whose hash is weaker than those of now, and changes nothing else (security 3.2)', async () => {
      await service.tokenOf('member', 'early')
      const { users } = service.app.database.tables
      const before = await userOf('early')
      const weak = await hash(password, { memoryCost: 8192, timeCost: 1, parallelism: 1 })
      await service.app.database.unitOfWork({}, async (tx) => {
        await tx.update(users).set({ passwordHash: weak }).where(eq(users.id, before.id))
      })
      await login({ username: 'early', password: 'not the password' })
      expect((await userOf('early')).passwordHash).toBe(weak)
      expect((await login({ username: 'early', password })).status).toBe(200)
      const after = await userOf('early')
      expect(after.passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
      expect({ ...after, passwordHash: '' }).toEqual({ ...before, passwordHash: '' })
      expect((await login({ username: 'early', password })).status).toBe(200)
      expect((await userOf('early')).passwordHash).toBe(after.passwordHash)
    })

    it('leaves a hash that costs as much or more as it is', async () => {
      await service.tokenOf('member', 'strong')
      const { users } = service.app.database.tables
      const strong = await hash(password, { memoryCost: 19_456, timeCost: 3, parallelism: 1 })
      await service.app.database.unitOfWork({}, async (tx) => {
        await tx.update(users).set({ passwordHash: strong }).where(eq(users.username, 'strong'))
      })
      expect((await login({ username: 'strong', password })).status).toBe(200)
      expect((await userOf('strong')).passwordHash).toBe(strong)
    })

    it('makes no session of a password that was replaced while it was checked', async () => {
      const user = await userOf('renewing')
      const replaced = await service.app.storage.unitOfWork({}, (tx) =>
        tx.passwords.confirm({ userId: user.id, was: 'another hash', becomes: 'any' }),
      )
      expect(replaced).toBe(false)
      expect((await userOf('renewing')).passwordHash).toBe(user.passwordHash)
    })

    it.each([
      [{ username: 'admin' }],
      [{ username: 'admin', password, extra: 1 }],
      [{ username: ['admin'], password }],
      [{ username: 'admin', password: 'x'.repeat(513) }],
      [{ username: 'x'.repeat(101), password }],
      [{ username: 'admin', password: null }],
    ])('refuses the body %j', async (body) => {
      expect((await login(body)).status).toBe(400)
    })
  })

  describe('POST /api/auth/logout', () => {
    it('ends the session on the next request of every instance, and only that one (security 3.1.2)', async () => {
      const [one, elsewhere] = [await service.login(), await service.login()]
      expect((await call('POST', '/api/auth/logout', { as: one })).status).toBe(204)
      expect((await me(one)).status).toBe(401)
      expect((await call('GET', '/api/me', { as: one })).status).toBe(401)
      expect((await me(elsewhere)).status).toBe(200)
      expect((await call('POST', '/api/auth/logout', { as: one })).status).toBe(401)
    })

    it('is nothing that guests can do', async () => {
      expect((await call('POST', '/api/auth/logout')).status).toBe(401)
    })
  })

  describe('a session', () => {
    it.each([
      ['over', { expiresAt: '2020-01-01T00:00:00.000Z' }],
      ['idle for a day', { usedAt: new Date(Date.now() - 86_400_001).toISOString() }],
    ])('that is %s opens nothing (security 3.1.3)', async (_what, change) => {
      const token = await service.tokenOf('member')
      const { json } = await me(token)
      const { sessions } = service.app.database.tables
      await service.app.database.unitOfWork({}, async (tx) => {
        await tx.update(sessions).set(change).where(eq(sessions.userId, json.id))
      })
      expect((await me(token)).status).toBe(401)
    })

    it('that was idle for less than a day goes on', async () => {
      const token = await service.tokenOf('member')
      const { json } = await me(token)
      const { sessions } = service.app.database.tables
      const usedAt = new Date(Date.now() - 86_300_000).toISOString()
      await service.app.database.unitOfWork({}, async (tx) => {
        await tx.update(sessions).set({ usedAt }).where(eq(sessions.userId, json.id))
      })
      expect((await me(token)).status).toBe(200)
    })

    it('of a user who is disabled opens nothing from then on (security 3.1.2)', async () => {
      const token = await service.tokenOf('member', 'shut-out')
      expect((await me(token)).status).toBe(200)
      const { users } = service.app.database.tables
      await service.app.database.unitOfWork({}, async (tx) => {
        await tx.update(users).set({ status: 'disabled' }).where(eq(users.username, 'shut-out'))
      })
      expect((await me(token)).status).toBe(401)
    })
  })
})
