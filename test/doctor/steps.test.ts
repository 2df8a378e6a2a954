import { describe, expect, it } from 'vitest'
import { DatabaseError } from '../../src/database/database.errors.ts'
import { compareClocks } from '../../src/doctor/postgres/clock.step.ts'
import type { PostgresContext } from '../../src/doctor/postgres/context.ts'
import { measureLatency } from '../../src/doctor/postgres/latency.step.ts'
import { countConnections } from '../../src/doctor/postgres/limits.step.ts'
import { recallProvider } from '../../src/doctor/postgres/provider.step.ts'
import { askVersion } from '../../src/doctor/postgres/version.step.ts'
import { runSteps, type Step } from '../../src/doctor/step.ts'
import { targetOf } from '../database/postgres.fixture.ts'
import { databaseOptions } from '../support/database.options.ts'

/** What the steps are given, by a server that answers so. */
function context(answer: unknown[], more: Partial<PostgresContext> = {}): PostgresContext {
  return {
    target: targetOf('postgres://u:p@localhost:5432/db'),
    database: databaseOptions,
    network: { lookup: () => Promise.resolve([]), routable: () => Promise.resolve(true) },
    session: {
      ask: () => Promise.resolve([answer]),
      startedAs: 1,
      encrypted: false,
      close: () => undefined,
    },
    ...more,
  }
}

// No such server, clock or provider is at hand: what they would answer is given to the steps themselves.
describe('what the doctor makes of answers', () => {
  it.each([
    [12, '12.22', false],
    [13, '13.0', true],
  ])('PostgreSQL %i', async (major, version, ok) => {
    const found = await askVersion(context([major, version]))
    expect(found).toMatchObject({ ok, says: expect.stringContaining(version) })
    expect('remedy' in found).toBe(!ok)
  })

  it.each([
    [30_000, true],
    [90_000, false],
    [-300_000, false],
  ])('a clock that is %i ms ahead', async (ms, ok) => {
    const found = await compareClocks(context([Date.now() + ms]))
    expect(found.ok).toBe(ok)
    if (!ok) expect(found.says).toContain(ms > 0 ? 'ahead of' : 'behind')
  })

  it('a server without room for the pool', async () => {
    const row = [100, 3, 95, -1, -1, 90, 95, 1_000_000]
    const found = await countConnections(context(row))
    expect(found).toMatchObject({
      ok: false,
      remedy: expect.stringContaining('DATABASE_POOL_MAX=1'),
    })
    const behind = await countConnections(context(row, { pooler: 'transaction' }))
    expect(behind).toMatchObject({ ok: true })
  })

  it('a role with a limit of its own', async () => {
    const found = await countConnections(context([500, 3, 10, 4, -1, 1, 10, 1_000_000]))
    expect(found).toMatchObject({
      ok: false,
      says: expect.stringContaining('limit of the role: 4'),
    })
  })

  it('a free database that ends soon and is nearly full', async () => {
    const target = { ...targetOf('postgres://u:p@localhost/db'), provider: 'render' as const }
    const firstMigrationAt = new Date(Date.now() - 25 * 86_400_000).toISOString()
    const found = await recallProvider(
      context([], { target, firstMigrationAt, sizeBytes: 950_000_000 }),
    )
    expect(found).toMatchObject({ ok: true, remedy: expect.stringContaining('deletes') })
    expect(found.remedy).toContain('950 MB')
    expect(await recallProvider(context([]))).not.toHaveProperty('remedy')
  })

  it('the latency of an ordinary network', async () => {
    expect(await measureLatency(context([1]))).toMatchObject({ ok: true })
  })
})

describe('a run of steps', () => {
  const ok = () => Promise.resolve({ ok: true, says: 'fine.' })
  const never = () => new Promise<never>(() => undefined)
  const collect = async (steps: Step<undefined>[], withinMs = 1000) => {
    const found = []
    for await (const finding of runSteps(steps, undefined, performance.now() + withinMs)) {
      found.push(finding)
    }
    return found
  }

  it('goes on after a failure that nothing else rests on', async () => {
    const broken = () => Promise.resolve({ ok: false, says: 'broken.' })
    const found = await collect([
      { name: 'clock', withinMs: 100, run: broken },
      { name: 'schema', withinMs: 100, run: ok },
    ])
    expect(found.map(({ ok }) => ok)).toEqual([false, true])
    expect(found[0]).not.toHaveProperty('leftOut')
  })

  it('ends each step by its own deadline, and all by one', async () => {
    const startedAt = performance.now()
    const found = await collect(
      [
        { name: 'clock', withinMs: 50, run: never },
        { name: 'latency', withinMs: 5_000, run: never },
        { name: 'schema', withinMs: 5_000, run: ok },
        { name: 'limits', withinMs: 5_000, run: ok },
      ],
      200,
    )
    expect(performance.now() - startedAt).toBeLessThan(1000)
    expect(found.map(({ step, ok, away }) => [step, ok, away])).toEqual([
      ['clock', false, true],
      ['latency', false, true],
      ['schema', false, true],
    ])
    expect(found[2]!.leftOut).toEqual(['limits'])
  })

  it('tells an error of the network by its code, and hides no mistake', async () => {
    const fail = async (error: Error): Promise<never> => {
      await ok()
      throw error
    }
    const lost = Object.assign(new Error('canary'), { code: 'ECONNRESET' })
    const [found] = await collect([{ name: 'clock', withinMs: 50, run: () => fail(lost) }])
    expect(found).toMatchObject({ ok: false, says: 'could not be looked at (ECONNRESET).' })
    const late = new Error('canary', { cause: new DatabaseError('timeout', 'not in time') })
    expect(await collect([{ name: 'clock', withinMs: 50, run: () => fail(late) }])).toEqual([
      expect.objectContaining({ away: true, says: 'could not be looked at: not in time.' }),
    ])
    const mistake = collect([
      { name: 'clock', withinMs: 50, run: () => fail(new TypeError('ours')) },
    ])
    await expect(mistake).rejects.toThrow('ours')
  })
})
