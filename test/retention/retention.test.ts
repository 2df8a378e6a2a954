import { beforeEach, describe, expect, it } from 'vitest'
import { createJobRunner } from '../../src/jobs/runner.ts'
import { createRetentionJob } from '../../src/retention/retention.job.ts'
import { expiringTables } from '../../src/retention/expiring-tables.ts'
import { unhurried } from '../jobs/jobs.fixture.ts'
import { databases } from '../support/databases.ts'
import { clientOf, startApp, startService, type Service } from '../support/service.ts'
import { report, trials } from '../support/trials.ts'
import { countOf, day, fill, keptMs } from './retention.fixture.ts'

const many = trials(3_000)

describe.each(databases)('retention on $engine', ({ create, engine }) => {
  let service: Service
  let app: Service['app']

  beforeEach(async () => {
    service = await startService(create)
    app = service.app
  })

  const begin = (on = app, options = unhurried) =>
    createJobRunner(on.storage).begin('retention', createRetentionJob(), options)

  it('deletes of every table what is over, and nothing else', { timeout: 60_000 }, async () => {
    const before = new Map<string, number>()
    for (const { table } of expiringTables) {
      before.set(table, await countOf(app, table))
      await fill(app, table, { count: 620, agoMs: keptMs(table) + 10_000 })
      await fill(app, table, { count: 7, agoMs: keptMs(table) - day })
    }
    const tokens = await countOf(app, 'apiTokens')
    const ended = await (await begin()).work()
    expect(ended).toMatchObject({ outcome: 'done' })
    const expected = expiringTables.map(({ table }) => [table, 620])
    expect(ended.details).toEqual(Object.fromEntries(expected))
    for (const { table } of expiringTables) {
      expect(await countOf(app, table), table).toBe((before.get(table) ?? 0) + 7)
    }
    // They ended years ago, and are data.
    expect(await countOf(app, 'apiTokens')).toBe(tokens)
    expect(await service.login()).toMatch(/^hf_/)
  })

  it('keeps the totals of the days whose usage it deletes', async () => {
    await fill(app, 'usage', { count: 3, agoMs: keptMs('usage') + day })
    const total = { requests: 3, errors: 0, refusals: 0, bytesIn: 0, bytesOut: 0, duration: 0 }
    const { usageDays } = app.database.tables
    await app.database.unitOfWork({}, async (tx) => {
      await tx.insert(usageDays).values({ id: '2020-01-01', ...total })
    })
    expect((await (await begin()).work()).details).toEqual({ usage: 3 })
    expect(await countOf(app, 'usageDays')).toBe(1)
  })

  it(
    'ends when its time is over, says so, and goes on the next time',
    { timeout: 60_000 },
    async () => {
      await fill(app, 'idempotency', { count: many, agoMs: day })
      const begun = await begin(app, { ...unhurried, budgetMs: -1 })
      const ended = await begun.work()
      expect(ended).toMatchObject({ outcome: 'unfinished', details: {} })
      await app.storage.unitOfWork({}, (tx) => begun.end(tx, ended))
      // As when the process is told to end.
      const closing = new AbortController()
      let steps = 0
      const interrupted = await createJobRunner(app.storage).begin(
        'retention',
        (run) =>
          createRetentionJob()({
            ...run,
            step: async (work) => {
              if (++steps > expiringTables.length) closing.abort()
              return run.step(work)
            },
          }),
        { ...unhurried, signal: closing.signal },
      )
      const first = await interrupted.work()
      expect(first).toMatchObject({ outcome: 'unfinished', details: { idempotency: 1000 } })
      expect(await countOf(app, 'idempotency')).toBe(many - 1000)
      await app.storage.unitOfWork({}, (tx) => interrupted.end(tx, first))
      const second = await (await begin()).work()
      expect(second).toMatchObject({ outcome: 'done', details: { idempotency: many - 1000 } })
      expect(await countOf(app, 'idempotency')).toBe(0)
    },
  )

  it(
    'runs once where two instances are told at once: each batch by one of them',
    { timeout: 60_000 },
    async () => {
      const admin = await service.login()
      // So that it is not due by itself, however long the rest takes.
      await service.call('POST', '/api/ops/run/retention', { as: admin })
      const second = await startApp({ DATABASE_URL: service.url })
      await second.started
      await fill(app, 'idempotency', { count: many, agoMs: day })
      const startedAt = performance.now()
      const answers = await Promise.all(
        [app, second, app, second].map((one) =>
          clientOf(one).call('POST', '/api/ops/run/retention', { as: admin }),
        ),
      )
      const ran = answers.filter(({ status }) => status === 200)
      const refused = answers.filter(({ status }) => status === 409)
      report(`retention told four times at once on ${engine}`, {
        rows: many,
        ran: ran.length,
        refused: refused.length,
        ms: Math.round(performance.now() - startedAt),
      })
      expect(ran.length + refused.length).toBe(4)
      expect(refused.length).toBeGreaterThan(0)
      for (const { json } of refused) expect(json.code).toBe('job_running')
      const deleted = ran.map(({ json }) => Number(json.details.idempotency ?? 0))
      expect(deleted.reduce((sum, count) => sum + count, 0)).toBe(many)
      expect(await countOf(app, 'idempotency')).toBe(0)
    },
  )
})
