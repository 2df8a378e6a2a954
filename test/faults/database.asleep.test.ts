import { setTimeout as pause } from 'node:timers/promises'
import postgres from 'postgres'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createPostgres } from '../support/databases.ts'
import { startProcess } from '../support/process.ts'
import { startProxy, type Loss } from '../support/proxy.ts'
import { report, trials } from '../support/trials.ts'
import { onServer } from './engines.fixture.ts'

const rounds = trials(1)
const wakeMs = 3_000
/** How long the service is left alone, and asked for its health alone. */
const quietMs = trials(0) > 0 ? 60_000 : 6_000

let url: URL

beforeAll(async () => {
  url = new URL((await createPostgres()).url)
})

/** The service behind a proxy, ready. */
async function start(environment: Record<string, string> = {}) {
  const proxy = await startProxy({ port: Number(url.port) })
  onTestFinished(() => proxy.close())
  const address = new URL(url)
  address.host = `127.0.0.1:${proxy.port}`
  const service = await startProcess({ DATABASE_URL: address.href, ...environment })
  await service.ready()
  const as = await service.login()
  const read = () => service.call('GET', '/api/announcements', { as })
  const write = () =>
    service.call('POST', '/api/announcements', { as, body: { title: 'awake', body: '' } })
  return { service, proxy, as, read, write, address: address.href }
}

/** What the service wrote by itself, asked past the proxy. */
async function upkeep() {
  return onServer(url.href, async (sql) => {
    const [row] = await sql<{ days: number; jobs: number }[]>`
      select (select count(*)::int from usage_days) as days,
        (select count(*)::int from jobs where outcome is not null) as jobs`
    return row
  })
}

describe('a service that nobody uses', () => {
  test(
    'asks its database nothing, however often its health is asked for',
    { timeout: quietMs + 60_000 },
    async () => {
      const { service, proxy, as } = await start({ DATABASE_IDLE_TIMEOUT: '1' })
      // What comes some seconds after the login: its usage, and retention.
      await expect.poll(upkeep, { timeout: 20_000, interval: 250 }).toEqual({ days: 1, jobs: 1 })
      await expect.poll(() => proxy.open(), { timeout: 5_000 }).toBe(0)
      const before = { accepted: proxy.accepted(), received: proxy.received() }

      let probes = 0
      for (const until = performance.now() + quietMs; performance.now() < until; probes += 1) {
        const answers = await Promise.all(
          ['/health', '/health/ready', '/health/live'].map((path) => service.call('GET', path)),
        )
        expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
        await pause(1_000)
      }
      expect({ accepted: proxy.accepted(), received: proxy.received() }).toEqual(before)
      report('an idle service', { probes, connections: 0, statements: 0 })

      // What asks the database is counted.
      expect((await service.call('GET', '/api/ops/health', { as })).status).toBe(200)
      expect(proxy.accepted()).toBeGreaterThan(before.accepted)
      expect(proxy.received()).toBeGreaterThan(before.received)
      expect(await service.stop()).toEqual({ code: 0, signal: null })
    },
  )
})

describe('a database that wakes up in 3 seconds', () => {
  test(
    'keeps those waiting who come meanwhile, and refuses nobody',
    { timeout: 30_000 + rounds * 10_000 },
    async () => {
      const { service, proxy, read, write } = await start()
      for (let round = 0; round < rounds; round += 1) {
        proxy.lose('end')
        proxy.sleep(wakeMs)
        const calls = Array.from({ length: 20 }, (_, n) => (n % 2 ? read() : write()))
        const replies = await Promise.all(calls)
        const slowestMs = Math.max(...replies.map(({ ms }) => ms))
        report('a database that wakes up', { slowestMs })
        expect(replies.filter(({ status }) => status >= 300).map(({ text }) => text)).toEqual([])
        expect(slowestMs).toBeGreaterThan(wakeMs - 500)
        expect(slowestMs).toBeLessThan(wakeMs + 2_000)
        expect((await service.call('GET', '/health')).json.status).toBe('healthy')
      }
      expect(await service.stop()).toEqual({ code: 0, signal: null })
    },
  )

  test('at the start of the service, is waited for', async () => {
    const { service: first, proxy, address } = await start()
    await first.stop()
    proxy.sleep(wakeMs)
    const service = await startProcess({ DATABASE_URL: address })
    const readyMs = await service.ready()
    expect(readyMs).toBeLessThan(wakeMs + 5_000)
    expect(service.output()).not.toContain('waiting for the database')
    await service.stop()
  })
})

describe('idle connections that their provider ends', () => {
  const losses: Loss[] = ['end', 'reset', 'silent']

  test.each(losses)(
    '(%s) are no error to anybody',
    { timeout: 30_000 + rounds * 10_000 },
    async (loss) => {
      const { service, proxy, read, write } = await start()
      // What comes 5 and 10 seconds after the login, retention and its usage: a connection that it used is trusted anew.
      if (loss === 'silent') await pause(10_500)
      for (let round = 0; round < rounds; round += 1) {
        // All of the pool.
        await Promise.all([read(), write(), read(), write(), read()])
        if (loss === 'silent') await pause(5_100)
        proxy.lose(loss)
        const replies = await Promise.all([read(), write(), read(), write()])
        expect(replies.map(({ status }) => status)).toEqual([200, 201, 200, 201])
        const slowestMs = Math.max(...replies.map(({ ms }) => ms))
        report(`idle connections lost (${loss})`, { slowestMs })
        expect(slowestMs).toBeLessThan(3_000)
      }
      expect((await service.call('GET', '/health')).json.status).toBe('healthy')
      expect(await service.stop()).toEqual({ code: 0, signal: null })
    },
  )

  test('silently, and the driver by itself waits for an answer that never comes', async () => {
    const { service, proxy, address } = await start()
    await service.stop()
    const naive = postgres(address, { max: 1, onnotice: () => undefined })
    onTestFinished(() => naive.end({ timeout: 0 }))
    await naive`select 1`
    proxy.lose('silent')
    const outcome = await Promise.race([
      naive`select 1`.then(
        () => 'an answer',
        () => 'an error',
      ),
      pause(4_000, 'nothing'),
    ])
    expect(outcome).toBe('nothing')
  })
})
