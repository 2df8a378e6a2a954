import { beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../support/databases.ts'
import { clientOf, startApp, startService, type Service } from '../support/service.ts'
import { report, trials } from '../support/trials.ts'
import { writtenBy } from './usage.fixture.ts'

const requests = trials(200)
const atOnce = 12

describe.each(databases)('usage of two instances on $engine', ({ create, engine }) => {
  let service: Service
  let second: Awaited<ReturnType<typeof startApp>>
  let admin: string
  let editor: string
  let ids: { admin: string; editor: string }

  beforeAll(async () => {
    service = await startService(create)
    second = await startApp({ DATABASE_URL: service.url })
    await second.started
    admin = await service.login()
    editor = await service.tokenOf('editor')
    const me = async (as: string) => (await service.call('GET', '/api/me', { as })).json.id
    ids = { admin: await me(admin), editor: await me(editor) }
  })

  const flush = () => Promise.all([service.app.flushUsage(), second.flushUsage()])

  it('has exactly what was sent to both, by route, by user and by day', async () => {
    await flush()
    const before = await writtenBy(service.app)
    const clients = [service, clientOf(second)]
    const kinds = [
      { url: '/api/announcements', as: undefined, status: 200 },
      { url: '/api/announcements', as: editor, status: 200 },
      { url: '/api/ops/health', as: admin, status: 200 },
      { url: '/api/ops/health', as: editor, status: 403 },
      { url: '/api/announcements/none', as: undefined, status: 404 },
      { url: '/nobody/serves/this', as: undefined, status: 404 },
    ]
    async function send(n: number) {
      const { url, as, status } = kinds[n % kinds.length]!
      const answer = await clients[n % 2]!.call('GET', url, { as })
      expect(answer.status, answer.text).toBe(status)
      // While others are being counted.
      if (n % 50 === 0) await flush()
    }
    let next = 0
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        while (next < requests) await send(next++)
      }),
    )
    await flush()
    const after = await writtenBy(service.app)
    const sent = (test: (kind: (typeof kinds)[number]) => boolean) =>
      Array.from({ length: requests }, (_, n) => kinds[n % kinds.length]!).filter(test).length
    const more = (kind: 'routes' | 'users', key: string, count: 'requests' | 'refusals') =>
      (after[kind][key]?.[count] ?? 0) - (before[kind][key]?.[count] ?? 0)

    expect(after.totals.map((total, i) => total - before.totals[i]!)).toEqual(
      before.totals.map(() => requests),
    )
    const list = 'GET /api/announcements'
    expect(more('routes', list, 'requests')).toBe(sent(({ url }) => url === '/api/announcements'))
    expect(more('routes', 'unknown', 'requests')).toBe(sent(({ url }) => url.includes('nobody')))
    const health = 'GET /api/ops/health'
    expect(more('routes', health, 'refusals')).toBe(sent(({ status }) => status === 403))
    expect(more('routes', `${list}/:id`, 'refusals')).toBe(sent(({ url }) => url.endsWith('none')))
    expect(more('users', ids.admin, 'requests')).toBe(sent(({ as }) => as === admin))
    expect(more('users', ids.editor, 'requests')).toBe(sent(({ as }) => as === editor))
    expect(more('users', 'guest', 'requests')).toBe(sent(({ as }) => as === undefined))
    report(`usage of two instances on ${engine}`, { requests, written: after.totals })
  })

  it('keeps what it counted while the database takes no writes', async () => {
    await flush()
    const { call } = service
    await call('POST', '/api/ops/freeze', { as: admin })
    const before = (await writtenBy(service.app)).totals[0]!
    for (let n = 0; n < 5; n += 1) await call('GET', '/api/announcements')
    await flush()
    for (let n = 0; n < 5; n += 1) await call('GET', '/api/announcements')
    await flush()
    expect((await writtenBy(service.app)).totals[0]).toBe(before)
    await call('POST', '/api/ops/thaw', { as: admin })
    await flush()
    // The freezing and the thawing themselves, too.
    expect((await writtenBy(service.app)).totals).toEqual([before + 12, before + 12, before + 12])
  })

  it('counts no probes', async () => {
    await flush()
    const before = (await writtenBy(service.app)).totals
    for (const url of ['/health', '/health/live', '/health/ready']) await service.call('GET', url)
    await flush()
    expect((await writtenBy(service.app)).totals).toEqual(before)
  })

  it('is written when an instance ends', async () => {
    await flush()
    const before = (await writtenBy(service.app)).totals[0]!
    const third = await startApp({ DATABASE_URL: service.url })
    await third.started
    for (let n = 0; n < 3; n += 1) await clientOf(third).call('GET', '/api/announcements')
    expect((await writtenBy(service.app)).totals[0]).toBe(before)
    await third.close()
    expect((await writtenBy(service.app)).totals[0]).toBe(before + 3)
  })
})
