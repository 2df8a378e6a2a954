import { describe, expect, it } from 'vitest'
import {
  afterAttempt,
  afterFailure,
  blockLeftMs,
  windowLeftMs,
  type Count,
} from '../../src/limits/rules.ts'

const minute = 60_000
const start = Date.parse('2026-11-20T10:00:00.000Z')

/** Fails again and again, each time when the block is just over; gives the minutes of each block. */
function blocks(times: number): number[] {
  let now = start
  let count: Count | undefined
  return Array.from({ length: times }, () => {
    count = afterFailure(count, now)
    const left = blockLeftMs(count, now)
    now += left
    return left / minute
  })
}

describe('failures of an account (security 3.1.6)', () => {
  it('block it from the fifth on, twice as long each time, up to an hour', () => {
    expect(blocks(13)).toEqual([0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60])
  })

  it('are forgotten 15 minutes after the last of them, not before', () => {
    let count: Count | undefined
    for (let i = 0; i < 4; i++) count = afterFailure(count, start)
    expect(afterFailure(count, start + 15 * minute - 1)).toMatchObject({ count: 5 })
    expect(afterFailure(count, start + 15 * minute)).toMatchObject({ count: 1, blockedUntil: null })
  })

  it('never pass more than five in any 15 minutes, however they are spread', () => {
    let count: Count | undefined
    for (let i = 0; i < 5; i++) count = afterFailure(count, start + i * 14 * minute)
    expect(blockLeftMs(count, start + 4 * 14 * minute)).toBe(minute)
  })

  it('are forgotten 15 minutes after the last block', () => {
    let count: Count | undefined
    for (let i = 0; i < 5; i++) count = afterFailure(count, start)
    expect(afterFailure(count, start + 16 * minute - 1)).toMatchObject({ count: 6 })
    expect(afterFailure(count, start + 16 * minute)).toMatchObject({ count: 1 })
  })
})

describe('attempts of an address in a minute', () => {
  it('are used up at the quota, until the minute of the first one is over', () => {
    let count: Count | undefined
    for (let i = 0; i < 3; i++) count = afterAttempt(count, start + i * 1000)
    expect(windowLeftMs(count, 3, start + 20_000)).toBe(40_000)
    expect(windowLeftMs(count, 4, start + 20_000)).toBe(0)
    expect(windowLeftMs(count, 3, start + minute)).toBe(0)
    expect(afterAttempt(count, start + minute)).toMatchObject({ count: 1 })
  })
})
