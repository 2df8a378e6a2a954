import { describe, expect, it } from 'vitest'
import { createGenerations } from '../../src/generations.ts'
import { createLimiter } from '../../src/rate-limit/limiter.ts'
import { createRandom } from '../support/random.ts'

/** A limiter and the clock that it goes by. */
function limiterAt(perMinute: number, most?: number) {
  const clock = { ms: 1234.5 }
  const limiter = createLimiter({
    name: 'reads',
    perMinute,
    now: () => clock.ms,
    ...(most !== undefined && { most }),
  })
  return { limiter, clock }
}

describe('a limiter', () => {
  it.each([1, 3, 7, 60, 600, 1_000_000])(
    'lets a key pass %i times at once, and no more',
    (quota) => {
      const { limiter } = limiterAt(quota)
      const passed = Array.from({ length: quota }, () => limiter.take('a'))
      expect([passed[0], passed.at(-1)]).toEqual([quota - 1, 0])
      expect([limiter.take('a'), limiter.take('a'), limiter.mayPass('a')]).toEqual([-1, -1, false])
      expect(limiter.take('b')).toBe(quota - 1)
    },
  )

  it('says exactly when the next one passes, whatever the quota', () => {
    for (const quota of [1, 7, 600, 999_999]) {
      const { limiter, clock } = limiterAt(quota)
      for (let i = 0; i < quota; i++) limiter.take('a')
      const waitMs = limiter.waitMs('a')
      expect(waitMs).toBeCloseTo(60_000 / quota, 3)
      clock.ms += waitMs - 0.01
      expect(limiter.take('a')).toBe(-1)
      clock.ms += 0.01
      expect(limiter.mayPass('a')).toBe(true)
      expect(limiter.take('a')).toBe(0)
      expect(limiter.take('a')).toBe(-1)
    }
  })

  it('counts no refusal: who goes on asking waits no longer', () => {
    const { limiter, clock } = limiterAt(2)
    for (let i = 0; i < 1000; i++) limiter.take('a')
    clock.ms += 30_000
    expect([limiter.take('a'), limiter.take('a')]).toEqual([0, -1])
  })

  it('gives the whole quota again after a minute, and never more', () => {
    const { limiter, clock } = limiterAt(5)
    for (let i = 0; i < 5; i++) limiter.take('a')
    expect(limiter.restMs('a')).toBe(60_000)
    clock.ms += 3_600_000
    expect(limiter.restMs('a')).toBe(0)
    expect(Array.from({ length: 6 }, () => limiter.take('a'))).toEqual([4, 3, 2, 1, 0, -1])
  })

  it('asks without counting', () => {
    const { limiter } = limiterAt(1)
    expect([limiter.mayPass('a'), limiter.mayPass('a'), limiter.waitMs('a')]).toEqual([
      true,
      true,
      0,
    ])
    expect([limiter.take('a'), limiter.take('a')]).toEqual([0, -1])
  })

  it('lets pass in any time its quota, and what that time gives back, at most', () => {
    const random = createRandom(7)
    for (const quota of [1, 10, 600]) {
      const { limiter, clock } = limiterAt(quota)
      const passed: number[] = []
      for (let i = 0; i < 20_000; i++) {
        clock.ms += (random() * 2 * 60_000) / quota / 10
        if (limiter.take('a') >= 0) passed.push(clock.ms)
      }
      for (const [i, first] of passed.entries()) {
        for (const span of [1, quota, quota * 2]) {
          const last = passed[i + span]
          if (last === undefined) continue
          const most = quota + ((last - first) * quota) / 60_000
          expect(span + 1).toBeLessThanOrEqual(most + 0.01)
        }
      }
    }
  })

  it('knows no more keys than it may; those who come again are not let go for those who come once', () => {
    const { limiter } = limiterAt(3, 1000)
    expect([limiter.take('busy'), limiter.take('busy'), limiter.take('busy')]).toEqual([2, 1, 0])
    let most = 0
    for (let i = 0; i < 100_000; i++) {
      limiter.take(`once ${i}`)
      if (i % 400 === 0) expect(limiter.take('busy')).toBe(-1)
      most = Math.max(most, limiter.size)
    }
    expect(most).toBeLessThanOrEqual(1000)
    // Away for longer than a thousand others came: known no more.
    expect(limiter.take('once 1')).toBe(2)
  })

  it('goes by the monotonic clock: setting the time gives nobody anything (security 3.1.6)', () => {
    const limiter = createLimiter({ name: 'reads', perMinute: 1 })
    const byTheTime = createLimiter({ name: 'reads', perMinute: 1, now: () => Date.now() })
    for (const one of [limiter, byTheTime]) one.take('a')
    const setForward = Date.now() + 86_400_000
    const before = Date.now
    Date.now = () => setForward
    try {
      expect(limiter.take('a')).toBe(-1)
      // What the other clock would do.
      expect(byTheTime.take('a')).toBe(0)
    } finally {
      Date.now = before
    }
  })
})

describe('generations', () => {
  it('keep what was used last, and forget the rest', () => {
    const kept = createGenerations<number>(4)
    for (const [i, key] of ['a', 'b', 'c'].entries()) kept.set(key, i)
    expect(kept.get('a')).toBe(0)
    for (const key of ['d', 'e', 'f', 'g']) kept.set(key, 9)
    expect([kept.get('b'), kept.get('nothing')]).toEqual([undefined, undefined])
    expect(kept.size).toBeLessThanOrEqual(4)
  })
})
