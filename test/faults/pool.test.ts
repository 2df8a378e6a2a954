import { setTimeout as pause } from 'node:timers/promises'
import postgres from 'postgres'
import { expect, onTestFinished, test } from 'vitest'
import { createPostgres } from '../support/databases.ts'
import { startProcess, type ServiceProcess } from '../support/process.ts'
import { report, trials } from '../support/trials.ts'
import { onServer } from './engines.fixture.ts'

const rounds = trials(1)
const requests = 200
const application = 'pool-under-test'

test(
  '200 requests on a pool of 5 that takes 1.5 s for each are answered, or sent away in time',
  { timeout: 30_000 + rounds * 20_000 },
  async () => {
    const { url } = await createPostgres()
    const service = await startProcess({
      DATABASE_URL: `${url}?application_name=${application}`,
      DATABASE_POOL_MAX: '5',
    })
    await service.ready()
    const token = await service.login()
    await makeInsertsSlow(url, 1.5)

    for (let round = 0; round < rounds; round += 1) {
      const watch = watchHealth(service, url)
      const replies = await Promise.all(
        Array.from({ length: requests }, (_, n) =>
          service.call('POST', '/api/announcements', {
            as: token,
            body: { title: `round ${round}, request ${n}`, body: '' },
          }),
        ),
      )
      const { seen, slowestMs } = await watch.stop()

      const made = replies.filter(({ status }) => status === 201)
      const refused = replies.filter(({ status }) => status !== 201)
      report('pool of 5, 200 requests', {
        made: made.length,
        refused: refused.length,
        slowestMs: Math.round(Math.max(...replies.map(({ ms }) => ms))),
        slowestRefusalMs: Math.round(Math.max(...refused.map(({ ms }) => ms))),
        slowestHealthMs: Math.round(slowestMs),
        pools: seen.length,
      })
      expect(made.length).toBeGreaterThanOrEqual(5)
      expect(refused.length).toBeGreaterThan(0)
      for (const { status, headers, json } of refused) {
        expect(status).toBe(503)
        expect(headers['retry-after']).toBe('1')
        expect(json).toMatchObject({ code: 'busy', outcome: 'none' })
      }
      // 2 s for a turn to read the token, 2 s for one to write, and the write itself.
      expect(Math.max(...replies.map(({ ms }) => ms))).toBeLessThan(8_000)

      expect(slowestMs).toBeLessThan(1000)
      expect(seen.filter(({ pool }) => pool.inUse === 5).length).toBeGreaterThan(3)
      for (const { pool, sessions } of seen) {
        expect(pool).toMatchObject({ max: 5, open: sessions })
        expect(pool.waiting).toBeLessThanOrEqual(50)
      }
      const health = (await service.call('GET', '/health')).json
      expect(health.status).toBe('healthy')
      expect(health.storage.pool).toMatchObject({ inUse: 0, waiting: 0 })
      expect(health.storage.pool.timeouts).toBeGreaterThan(0)
    }

    const stored = await onServer(url, (sql) => sql`select count(*)::int as n from announcements`)
    expect(stored[0]!['n']).toBeGreaterThanOrEqual(5)
  },
)

test('the driver by itself refuses nobody, and lets all of them wait', async () => {
  const { url } = await createPostgres()
  const naive = postgres(url, { max: 5, onnotice: () => undefined })
  onTestFinished(() => naive.end({ timeout: 0 }))
  let settled = 0
  const settle = () => void (settled += 1)
  for (let n = 0; n < requests; n += 1) {
    naive`select pg_sleep(1.5)`.then(settle, settle)
  }
  await pause(2500)
  expect(settled).toBe(5)
})

/** As a lock does, or a disk that is too slow. */
async function makeInsertsSlow(url: string, seconds: number): Promise<void> {
  await onServer(url, (sql) =>
    sql.unsafe(`
      create function slow_down() returns trigger language plpgsql as
        'begin perform pg_sleep(${seconds}); return new; end';
      create trigger slow before insert on announcements
        for each row execute function slow_down()`),
  )
}

/** Asks for the health all the time, and counts at the same moment what the server knows of the service. */
function watchHealth(service: ServiceProcess, url: string) {
  const seen: { pool: Record<string, number>; sessions: number }[] = []
  const over = new AbortController()
  let slowestMs = 0

  const watching = onServer(url, async (sql) => {
    const sessions = async () => {
      const [row] = await sql<{ n: number }[]>`
        select count(*)::int as n from pg_stat_activity
        where application_name = ${application} and datname = current_database()`
      return row!.n
    }
    while (!over.signal.aborted) {
      const before = await sessions()
      const { status, json, ms } = await service.call('GET', '/health')
      const after = await sessions()
      expect(status).toBe(200)
      slowestMs = Math.max(slowestMs, ms)
      // While connections are being made the two may differ by one that is under way.
      if (before === after) seen.push({ pool: json.storage.pool, sessions: after })
      await pause(50)
    }
  })

  return {
    async stop() {
      over.abort()
      await watching
      return { seen, slowestMs }
    },
  }
}
