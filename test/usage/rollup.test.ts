import { describe, expect, it } from 'vitest'
import { addCounts, noCounts } from '../../src/usage/counts.ts'
import { createRollup } from '../../src/usage/rollup.ts'

const answered = { route: 'GET /a', userId: null, status: 200, bytesIn: 1, bytesOut: 2, ms: 0.5 }

describe('the rollup of requests', () => {
  it('adds up by route and user, and tells errors from refusals', () => {
    const rollup = createRollup({ now: () => Date.parse('2026-11-20T10:00:00Z') })
    for (const status of [200, 304, 400, 404, 499, 500, 503]) rollup.add({ ...answered, status })
    rollup.add({ ...answered, userId: 'ada' })
    rollup.add({ ...answered, route: 'POST /a' })
    const one = { requests: 1, errors: 0, refusals: 0, bytesIn: 1, bytesOut: 2, duration: 500 }
    const day = '2026-11-20'
    expect(rollup.take()).toEqual([
      {
        day,
        route: 'GET /a',
        userId: null,
        requests: 7,
        errors: 2,
        refusals: 3,
        bytesIn: 7,
        bytesOut: 14,
        duration: 3500,
      },
      { day, route: 'GET /a', userId: 'ada', ...one },
      { day, route: 'POST /a', userId: null, ...one },
    ])
  })

  it('gives everything once', () => {
    const rollup = createRollup()
    expect([rollup.isEmpty(), rollup.take()]).toEqual([true, []])
    rollup.add(answered)
    expect([rollup.isEmpty(), rollup.take().length]).toEqual([false, 1])
    expect([rollup.isEmpty(), rollup.take()]).toEqual([true, []])
  })

  it('begins a day at midnight in UTC, and keeps the one before until it is taken', () => {
    let now = Date.parse('2026-11-20T23:59:59.999Z')
    const rollup = createRollup({ now: () => now })
    rollup.add(answered)
    now += 1
    rollup.add(answered)
    rollup.add(answered)
    now += 3 * 24 * 60 * 60 * 1000
    rollup.add(answered)
    const days = rollup.take().map(({ day, requests }) => [day, requests])
    expect(days).toEqual([
      ['2026-11-20', 1],
      ['2026-11-21', 2],
      ['2026-11-24', 1],
    ])
    rollup.add(answered)
    expect(rollup.take().map(({ day }) => day)).toEqual(['2026-11-24'])
  })

  it('keeps so many rows at most, also over days; the totals stay right', () => {
    let now = Date.parse('2026-11-20T10:00:00Z')
    const rollup = createRollup({ keysMost: 3, now: () => now })
    const totals = noCounts()
    for (let n = 0; n < 50; n += 1) {
      if (n === 25) now += 24 * 60 * 60 * 1000
      const request = { ...answered, route: `GET /${n % 20}`, userId: n % 2 ? 'ada' : null }
      rollup.add(request)
    }
    const rows = rollup.take()
    expect(rows.map(({ day, route, userId }) => [day.slice(8), route, userId])).toEqual([
      ['20', 'GET /0', null],
      ['20', 'GET /1', 'ada'],
      ['20', 'GET /2', null],
      ['20', 'other', null],
      ['21', 'other', null],
    ])
    for (const row of rows) addCounts(totals, row)
    expect(totals).toMatchObject({ requests: 50, bytesIn: 50, bytesOut: 100, duration: 25_000 })
    expect(rows.find(({ day }) => day.endsWith('21'))?.requests).toBe(25)
    // Taken is taken: there is room again.
    rollup.add({ ...answered, route: 'GET /new' })
    expect(rollup.take()[0]?.route).toBe('GET /new')
  })
})
