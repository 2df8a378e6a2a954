import { setTimeout as pause } from 'node:timers/promises'
import postgres from 'postgres'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createPostgres } from '../support/databases.ts'
import { startProcess } from '../support/process.ts'
import { startProxy, type Loss } from '../support/proxy.ts'
import { large, report, trials } from '../support/trials.ts'
import { processorSeconds } from './away.fixture.ts'
import { onServer } from './engines.fixture.ts'

const rounds = trials(1)
/** Ten minutes in reality; beyond what an idle connection is trusted for. */
const frozenMs = large ? 60_000 : 6_000

let url: URL

beforeAll(async () => {
  url = new URL((await createPostgres()).url)
})

describe('a service that was frozen, as a closed laptop or a light sleep does it', () => {
  const cases: { loss: Loss; idleSeconds: string }[] = [
    { loss: 'end', idleSeconds: '30' },
    { loss: 'reset', idleSeconds: '30' },
    { loss: 'silent', idleSeconds: '30' },
    { loss: 'silent', idleSeconds: '3' },
  ]

  test.each(cases)(
    '(its connections: $loss, kept for $idleSeconds s) answers at once, and does not make up for the time',
    { timeout: 30_000 + rounds * (frozenMs + 10_000) },
    async ({ loss, idleSeconds }) => {
      const proxy = await startProxy({ port: Number(url.port) })
      onTestFinished(() => proxy.close())
      const address = new URL(url)
      address.host = `127.0.0.1:${proxy.port}`
      const service = await startProcess({
        DATABASE_URL: address.href,
        DATABASE_IDLE_TIMEOUT: idleSeconds,
      })
      await service.ready()

      for (let round = 0; round < rounds; round += 1) {
        const as = await service.login()
        const list = (token: string) => service.call('GET', '/api/announcements', { as: token })
        const expiring = await service.login()
        await expire(expiring, frozenMs / 2)
        // All of the pool.
        await Promise.all([as, as, as, as, expiring].map(list))

        service.signal('SIGSTOP')
        proxy.lose(loss)
        await pause(frozenMs)
        const before = { accepted: proxy.accepted(), seconds: processorSeconds(service.pid) ?? 0 }
        service.signal('SIGCONT')
        const first = await list(as)
        const refused = await list(expiring)
        const write = await service.call('POST', '/api/announcements', {
          as,
          body: { title: 'thawed', body: '' },
        })

        report(`frozen (${loss}, ${idleSeconds} s)`, { firstMs: first.ms, writeMs: write.ms })
        expect(first.status, first.text).toBe(200)
        expect(first.ms).toBeLessThan(3_000)
        expect(refused.status).toBe(401)
        expect(write.status, write.text).toBe(201)
        expect(write.ms).toBeLessThan(3_000)

        await pause(2_000)
        const seconds = (processorSeconds(service.pid) ?? 0) - before.seconds
        expect(proxy.accepted() - before.accepted).toBeLessThanOrEqual(5)
        expect(seconds).toBeLessThan(0.5)
        expect((await service.call('GET', '/health')).json.status).toBe('healthy')
      }
      expect(await service.stop()).toEqual({ code: 0, signal: null })
    },
  )

  test('and a session that does not end meanwhile is as good as before', async () => {
    const service = await startProcess({ DATABASE_URL: url.href })
    await service.ready()
    const as = await service.login()
    service.signal('SIGSTOP')
    await pause(1_000)
    service.signal('SIGCONT')
    expect((await service.call('GET', '/api/ops/health', { as })).status).toBe(200)
    await service.stop()
  })

  test('where the driver by itself waits on a dead connection', async () => {
    const proxy = await startProxy({ port: Number(url.port) })
    onTestFinished(() => proxy.close())
    const address = new URL(url)
    address.host = `127.0.0.1:${proxy.port}`
    const naive = postgres(address.href, { max: 1, idle_timeout: 30, onnotice: () => undefined })
    onTestFinished(() => naive.end({ timeout: 0 }))
    await naive`select 1`
    proxy.lose('silent')
    const answer = naive`select 1`.then(
      () => 'an answer',
      () => 'an error',
    )
    expect(await Promise.race([answer, pause(3_000, 'nothing')])).toBe('nothing')
  })
})

/** Lets the newest session end so many milliseconds from now. */
async function expire(token: string, ms: number) {
  expect(token).not.toBe('')
  const at = new Date(Date.now() + ms).toISOString()
  await onServer(
    url.href,
    (sql) => sql`update sessions set expires_at = ${at}
      where id = (select id from sessions order by created_at desc, id desc limit 1)`,
  )
}
