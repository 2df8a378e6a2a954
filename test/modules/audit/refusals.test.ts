import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import type { AuditRow } from '../../../src/audit/audit.row.ts'
import { createRefusals, type Refusal } from '../../../src/audit/refusals.ts'
import { databases, type TestDatabase } from '../../support/databases.ts'
import {
  clientOf,
  password,
  startApp,
  startInstance,
  startService,
  type Service,
} from '../../support/service.ts'

describe.each(databases)('refusals on $engine', ({ create }) => {
  /** The refused entries, once there are so many. */
  async function refused({ call }: Pick<Service, 'call'>, as: string, least = 1) {
    return vi.waitFor(
      async () => {
        const { json } = await call('GET', '/api/audit?outcome=refused&limit=1000', { as })
        expect(json.items.length).toBeGreaterThanOrEqual(least)
        return json.items as Answer[]
      },
      { timeout: 8_000, interval: 100 },
    )
  }

  interface Answer {
    action: string
    actor: { kind: string; name: string | null; id: string | null; credentialId: string | null }
    object: object | null
    address: string | null
    requestId: string | null
    details: AuditRow['details']
  }

  it('are told with who, what, from where and how often, as one entry each (security 3.13)', async () => {
    const service = await startService(create)
    const { call } = service
    const admin = await service.login()
    const member = await service.tokenOf('member', 'ada')
    for (let time = 0; time < 7; time += 1) {
      const requestId = { 'x-request-id': `try-${time}` }
      const headers = { ...requestId, 'if-match': '"secret"' }
      await call('DELETE', '/api/announcements/x', { as: member, headers })
      await call('GET', '/api/audit?actor=someone', { as: member, headers: requestId })
      await call('GET', '/api/me', { as: `hf_${'x'.repeat(43)}`, headers: requestId })
    }
    const found = await refused(service, admin, 3)
    const ada = (await call('GET', '/api/me', { as: member })).json.id
    const of = { kind: 'user', id: ada, name: 'ada', credentialId: expect.any(String) }
    const guest = { kind: 'guest', id: null, name: null, credentialId: null }
    const alike = {
      outcome: 'refused',
      object: null,
      address: '127.0.0.1',
      requestId: 'try-0',
      id: expect.any(String),
      at: expect.any(String),
    }
    const counted = { count: 7, until: expect.stringMatching(/Z$/) }
    expect(found).toHaveLength(3)
    expect(found).toEqual(
      expect.arrayContaining([
        {
          ...alike,
          action: 'announcement.delete',
          actor: of,
          details: { status: 403, code: 'forbidden', ...counted },
        },
        {
          ...alike,
          action: 'request.refuse',
          actor: of,
          details: { status: 403, code: 'forbidden', route: 'GET /api/audit', ...counted },
        },
        {
          ...alike,
          action: 'request.refuse',
          actor: guest,
          details: { status: 401, code: 'unauthorized', route: 'GET /api/me', ...counted },
        },
      ]),
    )
    expect(JSON.stringify(found)).not.toMatch(/secret|someone|hf_/)
  })

  it('of limits, used invites and the last administrator are told, too', async () => {
    const service = await startService(create, { RATE_LIMIT_READS: '3', REGISTRATION: 'invite' })
    const { call } = service
    const admin = await service.login()
    const member = await service.tokenOf('member')
    for (let time = 0; time < 5; time += 1) await call('GET', '/api/announcements', { as: member })
    const body = {
      username: 'eve',
      password: 'battery staple 12',
      invite: `hf_invite_${'x'.repeat(43)}`,
    }
    expect((await call('POST', '/api/auth/register', { body })).status).toBe(410)
    const me = (await call('GET', '/api/me', { as: admin })).json.id
    const demoted = await call('PATCH', `/api/users/${me}`, { as: admin, body: { role: 'member' } })
    expect(demoted.json.code).toBe('last_admin')
    await pause(1_500)
    const { items } = (await call('GET', '/api/audit?outcome=refused', { as: admin })).json
    expect(
      items
        .map(({ action, details }: Answer) => [action, details.status, details.code, details.count])
        .sort(),
    ).toEqual([
      ['request.refuse', 429, 'rate_limited', 2],
      ['user.register', 410, 'invite_invalid', 1],
      ['user.update', 409, 'last_admin', 1],
    ])
  })

  it('are no refusals: a guest without a token, what is missing, what is malformed', async () => {
    const service = await startService(create)
    const { call } = service
    const admin = await service.login()
    await call('GET', '/api/me')
    await call('GET', '/api/specs/nothing', { as: admin })
    await call('GET', '/nothing', { as: admin })
    await call('POST', '/api/announcements', { as: admin, body: {} })
    await call('DELETE', '/api/audit', { as: admin })
    // A wrong password has an entry of its own, written with the count of failures; it is not told twice.
    await call('POST', '/api/auth/login', {
      body: { username: 'admin', password: 'not it at all' },
    })
    await pause(1_500)
    const found = await refused(service, admin)
    expect(found.map(({ action, details }) => [action, details])).toEqual([['session.create', {}]])
  })

  it('are written at the end, before the database closes', async () => {
    const { url } = await create()
    const first = await startApp({ DATABASE_URL: url })
    await first.started
    const { call, tokenOf } = clientOf(first)
    const member = await tokenOf('member')
    expect((await call('GET', '/api/export', { as: member })).status).toBe(403)
    await first.close()

    const other = await startInstance(url)
    const [entry, ...more] = await refused(other, await other.login('admin', password))
    expect([entry?.action, entry?.details['count'], more]).toEqual(['data.export', 1, []])
  })

  it('wait while writes are frozen, and are counted meanwhile', async () => {
    const service = await startService(create)
    const { call } = service
    const admin = await service.login()
    const member = await service.tokenOf('member')
    await call('POST', '/api/ops/freeze', { as: admin })
    const refuse = () => call('POST', '/api/ops/thaw', { as: member })
    expect((await refuse()).status).toBe(403)
    await pause(1_500)
    expect((await refuse()).status).toBe(403)
    await call('POST', '/api/ops/thaw', { as: admin })
    const { url } = service as unknown as TestDatabase
    await service.app.close()
    const other = await startInstance(url)
    const found = await refused(other, await other.login())
    const counts = found.map(({ details }) => Number(details['count']))
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(2)
  })
})

describe('what is collected of refusals', () => {
  const refusal = (change: Partial<Refusal> = {}): Refusal => ({
    action: 'spec.create',
    actor: { kind: 'guest' },
    sender: '203.0.113.7',
    address: '203.0.113.7',
    requestId: 'r',
    status: 429,
    code: 'rate_limited',
    ...change,
  })
  const total = (rows: AuditRow[]) =>
    rows.reduce((sum, { details }) => sum + Number(details['count']), 0)

  it('is bounded, whatever is sent from wherever; the number stays right', () => {
    let at = Date.parse('2026-11-20T10:00:00.000Z')
    const refusals = createRefusals({ now: () => at })
    const flood = () => {
      for (let sender = 0; sender < 100_000; sender += 1)
        refusals.add(refusal({ sender: `${sender}` }))
    }
    flood()
    const first = refusals.take()
    expect([first.length, total(first)]).toEqual([201, 100_000])
    expect(first.at(-1)).toMatchObject({
      action: 'request.refuse',
      details: { code: 'others', count: 99_800 },
    })

    flood()
    const second = refusals.take()
    expect([second.length, total(second)]).toEqual([1, 100_000])
    at += 3_600_000
    flood()
    expect(refusals.take()).toHaveLength(201)
    expect(refusals.isEmpty()).toBe(true)
  })

  it('tells of a user however many guests there are', () => {
    const refusals = createRefusals()
    for (let sender = 0; sender < 10_000; sender += 1)
      refusals.add(refusal({ sender: `${sender}` }))
    refusals.add(refusal({ actor: { kind: 'user', id: 'u', name: 'ada' } }))
    expect(refusals.take().at(-1)).toMatchObject({ actorName: 'ada', details: { count: 1 } })
  })

  it('is never more than a thousand while the database is away', () => {
    let at = 0
    const refusals = createRefusals({ now: () => at })
    for (let hour = 1; hour <= 48; hour += 1) {
      at = hour * 3_600_000
      for (let n = 0; n < 1_000; n += 1) {
        refusals.add(refusal({ sender: `${hour} ${n}` }))
        refusals.add(refusal({ actor: { kind: 'user', id: `${hour} ${n}` } }))
      }
    }
    const rows = refusals.take()
    expect(rows.length).toBeLessThanOrEqual(1_002)
    expect(total(rows)).toBe(96_000)
  })

  it('holds users, credentials, senders, routes and codes apart', () => {
    const refusals = createRefusals()
    const user = { kind: 'user', id: 'u', credentialId: 'c' } as const
    const different = [
      refusal(),
      refusal({ code: 'forbidden' }),
      refusal({ sender: '203.0.113.8' }),
      refusal({ route: 'GET /api/me' }),
      refusal({ action: 'spec.update' }),
      refusal({ actor: user }),
      refusal({ actor: { ...user, credentialId: 'd' } }),
      refusal({ actor: { ...user, kind: 'token' } }),
    ]
    for (const one of [...different, ...different]) refusals.add(one)
    const rows = refusals.take()
    expect(rows.map(({ details }) => details['count'])).toEqual(different.map(() => 2))
  })
})
