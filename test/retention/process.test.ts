import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { engines, onFile, onServer } from '../faults/engines.fixture.ts'
import { clientOf, startApp } from '../support/service.ts'
import { admin, startProcess } from '../support/process.ts'
import { report, trials } from '../support/trials.ts'
import { countOf, day, fill } from './retention.fixture.ts'

const rows = trials(20_000)
const started = "select count(*) as count from jobs where id = 'retention'"

describe.each(engines)('retention of a process on $engine', ({ engine, create, run, findings }) => {
  const runsIn = async (url: string): Promise<number> => {
    if (engine === 'sqlite') {
      return onFile(url, (db) => (db.prepare(started).get() as { count: number }).count)
    }
    return onServer(url, async (sql) => Number((await sql.unsafe(started))[0]?.count))
  }

  it(
    'that is killed in the middle goes on in another: whole batches are gone, and no row that was to stay',
    { timeout: 120_000 },
    async () => {
      const { url } = await create()
      const app = await startApp({ DATABASE_URL: url })
      await app.started
      await fill(app, 'idempotency', { count: rows, agoMs: day })
      await fill(app, 'idempotency', { count: 9, agoMs: -day })

      const service = await startProcess({ DATABASE_URL: url })
      await service.ready()
      const as = await service.login()
      const killed = service.call('POST', '/api/ops/run/retention', { as }).catch(() => 'no answer')
      const total = rows + 9
      await expect
        .poll(() => countOf(app, 'idempotency'), { timeout: 20_000, interval: 1 })
        .toBeLessThan(total)
      await service.kill()
      expect(await killed).toBe('no answer')

      const left = await countOf(app, 'idempotency')
      expect(left).toBeGreaterThan(9)
      expect((total - left) % 500).toBe(0)
      expect(await findings(url)).toEqual([])
      const client = clientOf(app)
      const token = await client.login(admin.username, admin.password)
      const health = async () =>
        (await client.call('GET', '/api/ops/health', { as: token })).json.jobs[0]
      expect(await health()).toMatchObject({
        outcome: null,
        holder: expect.stringContaining(` ${service.pid} `),
      })
      const refused = await client.call('POST', '/api/ops/run/retention', { as: token })
      expect([refused.status, refused.json.code]).toEqual([409, 'job_running'])

      // A minute later.
      await run(url, "update jobs set held_until = '2026-01-01T00:00:00.000Z'")
      expect(await health()).toMatchObject({ outcome: null, holder: null })
      const ended = await client.call('POST', '/api/ops/run/retention', { as: token })
      report(`retention killed on ${engine}`, { rows, left, ended: ended.json })
      expect(ended.json).toMatchObject({ outcome: 'done', details: { idempotency: left - 9 } })
      expect(await countOf(app, 'idempotency')).toBe(9)
    },
  )

  it('comes some seconds after a request, and not after probes', { timeout: 60_000 }, async () => {
    const { url } = await create()
    const service = await startProcess({ DATABASE_URL: url })
    await service.ready()
    const until = performance.now() + 8_000
    while (performance.now() < until) {
      await service.call('GET', '/health')
      await pause(500)
    }
    expect(await runsIn(url)).toBe(0)
    await service.call('GET', '/api/announcements')
    await expect.poll(() => runsIn(url), { timeout: 15_000, interval: 250 }).toBe(1)
    await service.stop()
  })
})
