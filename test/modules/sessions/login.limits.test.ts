import { beforeAll, describe, expect, it, vi } from 'vitest'
import { databases } from '../../support/databases.ts'
import {
  clientOf,
  password,
  startApp,
  startInstance,
  startService,
  type Service,
} from '../../support/service.ts'
import { letPass } from '../../limits/attempts.fixture.ts'

const wrong = 'not the password at all'

describe.each(databases)('limits of logins on $engine', ({ create }) => {
  let service: Service
  let other: ReturnType<typeof clientOf>

  beforeAll(async () => {
    // Whoever speaks for others is believed here, so that a test has many addresses.
    const environment = { TRUST_PROXY: '127.0.0.1' }
    service = await startService(create, environment)
    other = await startInstance(service.url, environment)
  })

  const login = (client: Pick<Service, 'call'>, username: string, secret: string, headers = {}) =>
    client.call('POST', '/api/auth/login', { body: { username, password: secret }, headers })

  async function failedLogins() {
    const { db, tables } = service.app.database
    const rows = await db.select().from(tables.audit)
    return rows.filter(
      // What is refused for the limit is told in entries that count.
      ({ action, outcome, details }) =>
        action === 'session.create' && outcome === 'refused' && Object.keys(details).length === 0,
    )
  }

  it('refuses the 6th login after 5 wrong passwords over two instances, on either (security 3.1.6)', async () => {
    await service.tokenOf('member', 'shared')
    for (let i = 0; i < 5; i++) {
      const client = i % 2 === 0 ? service : other
      expect((await login(client, ' Shared', wrong)).status).toBe(401)
    }
    for (const client of [service, other]) {
      for (const secret of [wrong, password]) {
        const answer = await login(client, 'shared', secret)
        expect([answer.status, answer.json.code]).toEqual([429, 'too_many_attempts'])
        const seconds = Number(answer.headers['retry-after'])
        expect(seconds).toBeGreaterThan(50)
        expect(seconds).toBeLessThanOrEqual(60)
        expect(answer.headers['ratelimit-policy']).toBe('"account";q=5;w=900')
        expect(answer.headers.ratelimit).toBe(`"account";r=0;t=${seconds}`)
      }
    }
    expect((await login(other, 'admin', password)).status).toBe(200)
  })

  it('blocks twice as long after each further failure, and forgets all of it with a success', async () => {
    await service.tokenOf('member', 'patient')
    for (let i = 0; i < 5; i++) await login(service, 'patient', wrong)
    await letPass(service.app, 60_000)
    expect((await login(service, 'patient', wrong)).status).toBe(401)
    await letPass(service.app, 60_000)
    expect((await login(other, 'patient', password)).status).toBe(429)
    await letPass(service.app, 60_000)
    expect((await login(other, 'patient', password)).status).toBe(200)
    for (let i = 0; i < 4; i++) await login(service, 'patient', wrong)
    expect((await login(other, 'patient', password)).status).toBe(200)
  })

  it('leaves alone whoever is logged in already (security 3.1.6)', async () => {
    const token = await service.tokenOf('member', 'inside')
    for (let i = 0; i < 6; i++) await login(service, 'inside', wrong)
    expect((await login(service, 'inside', password)).status).toBe(429)
    for (const client of [service, other])
      expect((await client.call('GET', '/api/me', { as: token })).status).toBe(200)
    const change = await other.call('POST', '/api/me/password', {
      as: token,
      body: { current: password, new: 'quite another long phrase' },
    })
    expect(change.status).toBe(204)
  })

  it('counts unknown and disabled users alike, and does not tell them apart (security 3.1.5)', async () => {
    await service.tokenOf('member', 'disabled')
    const { users } = service.app.database.tables
    const { eq } = await import('drizzle-orm')
    await service.app.database.unitOfWork({}, async (tx) => {
      await tx.update(users).set({ status: 'disabled' }).where(eq(users.username, 'disabled'))
    })
    const bodies = []
    for (const username of ['admin', 'nobody', 'disabled']) {
      const answers = []
      for (let i = 0; i < 6; i++) {
        const { status, json } = await login(service, username, wrong)
        answers.push([status, { ...json, requestId: '', detail: json.detail.replace(/\d+/, '') }])
      }
      bodies.push(answers)
    }
    expect(bodies[1]).toEqual(bodies[0])
    expect(bodies[2]).toEqual(bodies[0])
    await letPass(service.app, 3600_000)
  })

  it('writes failures to the audit log, and of the name only what is known', async () => {
    const before = (await failedLogins()).length
    await service.tokenOf('member', 'audited')
    await login(service, 'AUDITED', wrong)
    await login(service, 'my secret phrase typed in the wrong field', wrong)
    const rows = (await failedLogins()).slice(before)
    expect(rows).toHaveLength(2)
    const known = rows.find(({ objectId }) => objectId !== null)
    const unknown = rows.find(({ objectId }) => objectId === null)
    expect(known).toMatchObject({
      actorKind: 'guest',
      actorId: null,
      objectKind: 'user',
      objectName: 'audited',
      address: '127.0.0.1',
      details: {},
    })
    expect(unknown).toMatchObject({ actorKind: 'guest', objectKind: null, objectName: null })
    expect(JSON.stringify(rows)).not.toMatch(/secret phrase|not the password/)
  })

  it('learns at most 5 outcomes from guesses at once, the right one among them', async () => {
    await service.tokenOf('member', 'guessed')
    const guesses = Array.from({ length: 40 }, (_, i) => {
      const client = i % 2 === 0 ? service : other
      return login(client, 'guessed', i === 31 ? password : `${wrong} ${i}`)
    })
    const statuses = (await Promise.all(guesses)).map(({ status }) => status)
    const told = statuses.filter((status) => status === 401 || status === 200)
    // A success that comes first begins the count anew; whoever knows the password needs no guesses.
    expect(told.length).toBeLessThanOrEqual(statuses.includes(200) ? 10 : 5)
    // 503: more waited for a turn to hash than may.
    for (const status of statuses) expect([200, 401, 429, 503]).toContain(status)
  })

  it('tells no more by an Idempotency-Key that was used, or is none', async () => {
    await service.tokenOf('member', 'keyed')
    const headers = { 'idempotency-key': crypto.randomUUID() }
    expect((await login(service, 'admin', password, headers)).status).toBe(200)
    for (let i = 0; i < 5; i++)
      expect((await login(service, 'keyed', password, headers)).status).toBe(422)
    expect((await login(service, 'keyed', password, headers)).status).toBe(429)
    const malformed = { 'idempotency-key': 'with blanks' }
    for (const secret of [wrong, password])
      expect((await login(service, 'other', secret, malformed)).status).toBe(400)
    await letPass(service.app, 3600_000)
  })

  it('gives the first answer again under the same Idempotency-Key, and makes one session', async () => {
    const headers = { 'idempotency-key': crypto.randomUUID() }
    const first = await login(service, 'admin', password, headers)
    const again = await login(other, 'admin', password, headers)
    expect(again.json).toEqual(first.json)
    expect(again.headers['idempotent-replayed']).toBe('true')
  })

  it('refuses with 503, and lets nobody in, when the store of the limits fails (security 3.1.6)', async () => {
    const { limits } = service.app.storage
    const { DatabaseError } = await import('../../../src/database/database.errors.ts')
    const away = new DatabaseError('unavailable', 'away', { outcome: 'none' })
    const find = vi.spyOn(limits, 'find').mockRejectedValue(away)
    try {
      for (const secret of [wrong, password]) {
        const answer = await login(service, 'admin', secret)
        expect(answer.status).toBe(503)
        expect(answer.text).not.toContain('hf_')
      }
    } finally {
      find.mockRestore()
    }
    expect((await login(service, 'admin', password)).status).toBe(200)
  })
})

describe.each(databases)('logins of one address on $engine', ({ create }) => {
  it('are RATE_LIMIT_LOGINS a minute over all instances, whatever the account (security 3.1.6)', async () => {
    const environment = { TRUST_PROXY: '127.0.0.1', RATE_LIMIT_LOGINS: '4' }
    const service = await startService(create, environment)
    const app = await startApp({ DATABASE_URL: service.url, ...environment })
    await app.started
    const clients = [service, clientOf(app)]
    const login = (i: number, secret: string, address: string) =>
      clients[i % 2]?.call('POST', '/api/auth/login', {
        body: { username: i === 0 ? 'admin' : `user-${i}`, password: secret },
        headers: { 'x-forwarded-for': address },
      })
    expect((await login(0, password, '2001:db8::1'))?.status).toBe(200)
    for (let i = 1; i < 4; i++)
      expect((await login(i, wrong, `2001:db8::${i + 1}`))?.status).toBe(401)
    for (const i of [4, 5]) {
      const refused = await login(i, wrong, '2001:db8::9')
      expect(refused?.status).toBe(429)
      expect(refused?.headers['ratelimit-policy']).toBe('"logins";q=4;w=60')
      expect(refused?.headers.ratelimit).toMatch(/^"logins";r=0;t=\d+$/)
    }
    expect((await login(0, password, '2001:db8:0:1::1'))?.status).toBe(200)
    await letPass(service.app, 60_000)
    expect((await login(0, password, '2001:db8::1'))?.status).toBe(200)
  })
})
