import { setTimeout as pause } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { createJobRunner } from '../../src/jobs/runner.ts'
import { databases } from '../support/databases.ts'
import { startApp, startService, type Service } from '../support/service.ts'
import { report, trials } from '../support/trials.ts'
import { jobOf, unhurried } from './jobs.fixture.ts'

const rounds = trials(20)

describe.each(databases)('jobs of several instances on $engine', ({ create, engine }) => {
  let service: Service
  let second: Awaited<ReturnType<typeof startApp>>
  let now = Date.parse('2026-11-20T10:00:00.000Z')
  const clock = { now: () => now }
  const minutes = (count: number) => new Date(now - count * 60_000).toISOString()
  const hourly = () => ({ endedBefore: minutes(60), unfinishedBefore: minutes(1) })

  beforeAll(async () => {
    service = await startService(create)
    second = await startApp({ DATABASE_URL: service.url })
    await second.started
  })

  const runners = () => [service.app, second].map(({ storage }) => createJobRunner(storage, clock))
  const row = (name: string) => service.app.storage.jobs.byName(name)

  it('run on one of them at a time, and the others are told who has it', async () => {
    const [one, other] = runners()
    const begun = await one!.begin(
      'single',
      jobOf(3, () => undefined),
      unhurried,
    )
    await expect(
      other!.begin(
        'single',
        jobOf(3, () => undefined),
        unhurried,
      ),
    ).rejects.toMatchObject({
      statusCode: 409,
      message: expect.stringMatching(
        new RegExp(
          `^The job single is being run already, by .+ ${process.pid} [0-9a-f]{8} since 2026-11-20T10:00:00.000Z`,
        ),
      ),
    })
    // Its own process, too.
    await expect(
      one!.begin(
        'single',
        jobOf(3, () => undefined),
        unhurried,
      ),
    ).rejects.toThrow(/already/)
    const ended = await begun.work()
    await service.app.storage.unitOfWork({}, (tx) => begun.end(tx, ended))
    expect(ended).toMatchObject({ job: 'single', outcome: 'done', details: { steps: 3 } })
    expect(await row('single')).toMatchObject({
      holder: null,
      heldUntil: null,
      outcome: 'done',
      details: { steps: 3 },
      startedAt: '2026-11-20T10:00:00.000Z',
      endedAt: '2026-11-20T10:00:00.000Z',
    })
  })

  it('never overlap, however many begin at once', { timeout: 60_000 }, async () => {
    let running = 0
    let overlaps = 0
    let ran = 0
    const job = jobOf(2, () => undefined, 1)
    for (let round = 0; round < rounds; round += 1) {
      await Promise.all(
        [...runners(), ...runners()].map(async (runner) => {
          const begun = await runner.begin('crowd', job, unhurried).catch(() => undefined)
          if (!begun) return
          running += 1
          overlaps += Number(running > 1)
          const ended = await begun.work()
          running -= 1
          ran += 1
          await service.app.storage.unitOfWork({}, (tx) => begun.end(tx, ended))
        }),
      )
    }
    report(`jobs begun by four at once on ${engine}`, { rounds, ran, overlaps })
    expect(overlaps).toBe(0)
    expect(ran).toBeGreaterThanOrEqual(rounds)
  })

  it('overlap where who begins looks first, and takes then', async () => {
    const { storage } = service.app
    const taken = await Promise.all(
      ['a', 'b', 'c', 'd'].map(async (holder) => {
        const found = await storage.jobs.byName('naive')
        await pause(20)
        if (found) return false
        // By then, whatever is there is over.
        const lease = { job: 'naive', holder, now: '2999-01-01T00:00:00.000Z', until: minutes(-1) }
        return storage.unitOfWork({}, (tx) => tx.jobs.take(lease))
      }),
    )
    expect(taken.filter(Boolean)).toHaveLength(4)
  })

  it('are taken over when their holder says nothing for a minute, who may do nothing more then', async () => {
    const [one, other] = runners()
    const steps: string[] = []
    let stall: (() => void) | undefined
    const stalled = new Promise<void>((resolve) => (stall = resolve))
    const begun = await one!.begin(
      'lost',
      async ({ step }) => {
        await step(async () => void steps.push('first'))
        await stalled
        await step(async () => void steps.push('too late'))
        return { outcome: 'done', details: {} }
      },
      unhurried,
    )
    const work = begun.work()
    work.catch(() => undefined)
    await expect.poll(() => steps).toEqual(['first'])
    now += 59_000
    await expect(
      other!.begin(
        'lost',
        jobOf(1, () => undefined),
        unhurried,
      ),
    ).rejects.toThrow(/already/)
    now += 2_000
    const next = await other!.begin(
      'lost',
      jobOf(1, () => steps.push('second')),
      unhurried,
    )
    stall?.()
    await expect(work).rejects.toThrow(/another has taken over/)
    const ended = await next.work()
    await service.app.storage.unitOfWork({}, (tx) => next.end(tx, ended))
    expect(steps).toEqual(['first', 'second'])
    expect(await row('lost')).toMatchObject({ outcome: 'done', details: { steps: 1 } })
  })

  it('keep what they have for as long as they say something', async () => {
    const [one, other] = runners()
    const begun = await one!.begin(
      'long',
      async ({ step }) => {
        for (let n = 0; n < 5; n += 1) {
          now += 50_000
          await step(() => Promise.resolve())
          await expect(
            other!.begin(
              'long',
              jobOf(1, () => undefined),
              unhurried,
            ),
          ).rejects.toThrow(/already/)
        }
        return { outcome: 'done', details: {} }
      },
      unhurried,
    )
    expect(await begun.work()).toMatchObject({ outcome: 'done' })
  })

  it('are due an hour after a run that came to its end, and a minute after one that did not', async () => {
    const [one, other] = runners()
    const due = (steps: number, budgetMs = 60_000) => ({
      job: jobOf(steps, () => undefined),
      budgetMs,
    })
    const run = async (runner: typeof one, { job, budgetMs }: ReturnType<typeof due>) =>
      (await runner!.runDue('hourly', job, { ...unhurried, budgetMs, due: hourly() }))?.outcome
    expect(await run(one, due(1))).toBe('done')
    now += 59 * 60_000
    expect(await run(other, due(1))).toBeUndefined()
    now += 60_000
    expect(await run(other, due(1, -1))).toBe('unfinished')
    now += 59_000
    expect(await run(one, due(1))).toBeUndefined()
    now += 1_000
    expect(await run(one, due(1))).toBe('done')
    now += 59 * 60_000
    expect(await run(one, due(1))).toBeUndefined()
  })

  it('that fail are recorded as such, and run again', async () => {
    const [one] = runners()
    const begun = await one!.begin('failing', () => Promise.reject(new Error('no luck')), unhurried)
    await expect(begun.work()).rejects.toThrow('no luck')
    expect(await row('failing')).toMatchObject({ outcome: 'failed', holder: null, details: {} })
    expect(
      await one!.begin(
        'failing',
        jobOf(1, () => undefined),
        unhurried,
      ),
    ).toBeDefined()
  })

  it('whose taking was committed and not answered keep nobody waiting', async () => {
    const { storage } = service.app
    let calls = 0
    const flaky = {
      ...storage,
      async unitOfWork(...call: Parameters<typeof storage.unitOfWork>) {
        const result = await storage.unitOfWork(...call)
        if (calls++ === 0) throw new Error('the answer was lost')
        return result
      },
    } as typeof storage
    const lost = createJobRunner(flaky, clock)
    await expect(
      lost.begin(
        'unanswered',
        jobOf(1, () => undefined),
        unhurried,
      ),
    ).rejects.toThrow('lost')
    expect(
      await runners()[1]!.begin(
        'unanswered',
        jobOf(1, () => undefined),
        unhurried,
      ),
    ).toBeDefined()
  })
})
