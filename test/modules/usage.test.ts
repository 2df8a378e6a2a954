import { beforeAll, describe, expect, it } from 'vitest'
import { noCounts } from '../../src/usage/counts.ts'
import { createUsageWriter } from '../../src/usage/writer.ts'
import { databases } from '../support/databases.ts'
import { startService, type Answer, type Service } from '../support/service.ts'

const gone = '019aa0c4-6f1e-7c3a-9d43-00000000dead'

describe.each(databases)('GET /api/usage on $engine', ({ create }) => {
  let service: Service
  let admin: string
  let adminId: string

  const get = (query: string, as: string | undefined = admin): Promise<Answer> =>
    service.call('GET', `/api/usage?${query}`, { as })
  const items = async (query: string) => {
    const answer = await get(query)
    expect(answer.status, answer.text).toBe(200)
    return answer.json.items
  }

  beforeAll(async () => {
    service = await startService(create)
    admin = await service.login()
    adminId = (await service.call('GET', '/api/me', { as: admin })).json.id
    const counts = { ...noCounts(), requests: 10, refusals: 2, errors: 1, bytesIn: 3, bytesOut: 4 }
    const days = ['2026-01-01', '2026-01-02', '2026-01-03']
    const rows = days.flatMap((day) => [
      { ...counts, day, route: 'GET /api/specs', userId: null, duration: 1500 },
      { ...counts, day, route: 'GET /api/specs', userId: adminId },
      { ...counts, day, route: 'POST /api/specs', userId: adminId },
      { ...counts, day, route: 'unknown', userId: gone },
    ])
    await createUsageWriter(service.app.storage).write(() => rows)
    // As retention leaves it: the totals of the day, without its routes and users.
    await service.app.storage.unitOfWork({}, (tx) =>
      tx.retention.deleteOldest('usage', '2026-01-01T00:00:00.000Z'),
    )
  })

  const range = 'from=2026-01-01&to=2026-01-31'

  it('sums up by day, the newest first, days too whose routes and users are forgotten', async () => {
    const day = { requests: 40, errors: 4, refusals: 8, bytesIn: 12, bytesOut: 16, durationMs: 1.5 }
    expect(await items(range)).toEqual([
      { day: '2026-01-03', ...day },
      { day: '2026-01-02', ...day },
      { day: '2026-01-01', ...day },
    ])
    expect(await items('from=2026-01-02&to=2026-01-02')).toHaveLength(1)
  })

  it('sums up by route, by name', async () => {
    const found = await items(`${range}&by=route`)
    expect(
      found.map((item: { route: string; requests: number }) => [item.route, item.requests]),
    ).toEqual([
      ['GET /api/specs', 40],
      ['POST /api/specs', 20],
      ['unknown', 20],
    ])
    expect(Object.keys(found[0])).not.toContain('user')
  })

  it('sums up by user: guests first, then by id, without the name of one who is gone', async () => {
    const found = await items(`${range}&by=user`)
    const users = [
      { id: gone, username: null },
      { id: adminId, username: 'admin' },
    ]
    users.sort((a, b) => (a.id < b.id ? -1 : 1))
    expect(found.map(({ user }: { user: object }) => user)).toEqual([null, ...users])
    expect(found[0]).toMatchObject({ requests: 20, durationMs: 3 })
    expect(JSON.stringify(found)).not.toMatch(/password|hash|email/i)
  })

  it('takes one route, one user, or guests alone', async () => {
    const route = encodeURIComponent('GET /api/specs')
    const requests = async (query: string) =>
      (await items(`${range}&${query}`)).map((item: { requests: number }) => item.requests)
    expect(await requests(`route=${route}`)).toEqual([20, 20])
    expect(await requests(`route=${route}&user=guest`)).toEqual([10, 10])
    expect(await requests(`user=${adminId}`)).toEqual([20, 20])
    expect(await requests(`by=route&user=${adminId}`)).toEqual([20, 20])
    expect(await requests(`by=user&route=${route}`)).toEqual([20, 20])
    expect(await requests('user=nobody')).toEqual([])
  })

  it.each(['day', 'route', 'user'])('gives every sum by %s once, page by page', async (by) => {
    const whole = await items(`${range}&by=${by}`)
    const found: object[] = []
    let query: string | null = `${range}&by=${by}&limit=1`
    while (query) {
      const { json, headers }: Answer = await get(query)
      found.push(...json.items)
      expect(Boolean(headers.link)).toBe(json.nextCursor !== null)
      query = json.nextCursor && `${range}&by=${by}&limit=1&cursor=${json.nextCursor}`
    }
    expect(found).toEqual(whole)
    expect(found.length).toBeGreaterThan(2)
  })

  it('is of the last 30 days by default', async () => {
    await service.app.flushUsage()
    const found = await items('')
    expect(found.map(({ day }: { day: string }) => day)).toEqual([
      new Date().toISOString().slice(0, 10),
    ])
    expect(found[0].requests).toBeGreaterThan(0)
  })

  it.each([
    'from=2026-02-01&to=2026-01-01',
    'from=2026-02-30',
    'from=today',
    'to=0000-01-01',
    'to=20260101',
    'by=minute',
    'limit=0',
    'limit=1001',
    'days=3',
    'from=2026-01-01&from=2026-01-02',
    'cursor=x',
    'user=',
  ])('refuses ?%s', async (query) => {
    expect((await get(query)).status).toBe(400)
  })

  it('refuses a cursor of another list', async () => {
    const { json } = await get(`${range}&limit=1`)
    for (const other of [`${range}&by=route`, 'from=2026-01-02&to=2026-01-31']) {
      const answer = await get(`${other}&limit=1&cursor=${json.nextCursor}`)
      expect([answer.status, answer.json.code]).toEqual([400, 'invalid_cursor'])
    }
  })

  it('is for administrators', async () => {
    expect((await service.call('GET', '/api/usage')).status).toBe(401)
    const editor = await service.tokenOf('editor')
    const refused = await get(range, editor)
    expect(refused.status).toBe(403)
    expect(refused.text).not.toContain('requests"')
  })
})
