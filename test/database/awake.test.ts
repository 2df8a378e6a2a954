import { describe, expect, it } from 'vitest'
import { isAwake } from '../../src/database/awake.ts'
import type { Outcome } from '../../src/database/database.ts'

const of = (outcome: Outcome | undefined) => isAwake({ lastOutcome: () => outcome })

describe('a database', () => {
  it('is awake when it answered not long ago, and nothing wakes it otherwise', () => {
    const at = Date.now()
    expect(of({ ok: true, at, latencyMs: 1 })).toBe(true)
    expect(of({ ok: true, at: at - 50_000, latencyMs: 1 })).toBe(true)
    expect(of({ ok: true, at: at - 61_000, latencyMs: 1 })).toBe(false)
    expect(of({ ok: false, at, latencyMs: 1, error: 'unavailable' })).toBe(false)
    expect(of(undefined)).toBe(false)
  })
})
